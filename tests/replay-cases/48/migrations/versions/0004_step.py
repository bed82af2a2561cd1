"""labels of an enum type that are not committed yet"""
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    op.execute("ALTER TYPE state ADD VALUE 'last' BEFORE 'new'")
    op.execute("CREATE INDEX i ON t (id) WHERE s <> 'last'")


def downgrade():
    pass
