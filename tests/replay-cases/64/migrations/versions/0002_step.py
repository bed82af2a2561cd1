"""functions and names of another database"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("UPDATE t SET a = ifnull(a, 'b')")


def downgrade():
    pass
