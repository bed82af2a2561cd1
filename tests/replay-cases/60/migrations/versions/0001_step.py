"""a type of an extension that is created later"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.execute('CREATE EXTENSION hstore')
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', postgresql.HSTORE()))
    op.execute('CREATE EXTENSION IF NOT EXISTS hstore')


def downgrade():
    pass
