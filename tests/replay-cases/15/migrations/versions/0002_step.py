"""enum-without-a-name"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column('t', sa.Column('k', sa.Enum('a', 'b')))


def downgrade():
    pass
