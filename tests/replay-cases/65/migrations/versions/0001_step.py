"""a column by the name of its table"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('user', sa.Text()))
    op.execute("UPDATE t SET \"user\" = user")


def downgrade():
    pass
