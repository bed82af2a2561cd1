"""a default that is not cast with its column"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True),
                    sa.Column('state', sa.String(20), server_default='new'),
                    sa.Column('flag', sa.Boolean(), server_default=sa.text('false')))


def downgrade():
    pass
