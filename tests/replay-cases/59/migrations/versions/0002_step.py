"""a default that keeps its type"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.alter_column('t', 'a', type_=sa.String(20), server_default='a', postgresql_using='a::text')
    sa.Enum(name='kind').drop(op.get_bind())


def downgrade():
    pass
