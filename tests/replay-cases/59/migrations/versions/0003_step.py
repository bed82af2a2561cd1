"""a default that keeps its type"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.alter_column('u', 'b', type_=sa.String(20), postgresql_using='b::text')
    op.execute('DROP TYPE sort')


def downgrade():
    pass
