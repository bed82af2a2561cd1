"""a column by the name of its table"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("UPDATE t AS x SET x.id = 1")


def downgrade():
    pass
