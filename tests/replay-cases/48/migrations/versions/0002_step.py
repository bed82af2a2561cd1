"""labels of an enum type that are not committed yet"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TYPE state ADD VALUE 'late'")
    op.execute("UPDATE t SET s = 'done' WHERE s = 'new'")


def downgrade():
    pass
