"""what runs outside of a transaction only"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("COMMIT")
    op.execute("DROP INDEX CONCURRENTLY i")


def downgrade():
    pass
