"""columns of a table that is not there"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table('v', sa.Column('id', sa.Integer(), primary_key=True))
    columns = [column['name'] for column in sa.inspect(op.get_bind()).get_columns('gone')]
    if 'x' not in columns:
        op.drop_table('t')


def downgrade():
    pass
