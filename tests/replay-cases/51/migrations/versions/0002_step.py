"""a default of another type than its column"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column('t', sa.Column('e', sa.Boolean(), server_default=sa.text('0')))


def downgrade():
    pass
