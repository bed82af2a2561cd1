"""an index by an operator class that there is not"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute('CREATE EXTENSION pg_trgm')
    op.create_index('ix_d', 't', ['c'], postgresql_using='gin', postgresql_ops={'c': 'gin_trgm_ops'})
    op.create_index('ix_e', 't', [sa.text('c gin_trgm_ops')], postgresql_using='gin')


def downgrade():
    pass
