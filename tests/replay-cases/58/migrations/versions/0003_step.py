"""a default that is not cast with its column"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    # The type comes first, then what else of the column is altered.
    op.alter_column('t', 'flag', type_=sa.Integer(), server_default=None, postgresql_using='flag::int')


def downgrade():
    pass
