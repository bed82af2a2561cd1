"""a default of another type than its column"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('b', sa.Boolean(), server_default='1'), sa.Column('n', sa.Integer(), server_default=sa.text('0')), sa.Column('d', sa.DateTime(), server_default='now()'))
    op.alter_column('t', 'n', type_=sa.String(10), postgresql_using='n::text')
    op.add_column('t', sa.Column('c', sa.String(5), server_default=sa.text('0')))


def downgrade():
    pass
