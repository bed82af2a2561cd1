"""a default that does not become what its column becomes"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column('t', sa.Column('n', sa.Integer()))
    op.execute("ALTER TABLE t ALTER k TYPE state USING k::state")


def downgrade():
    pass
