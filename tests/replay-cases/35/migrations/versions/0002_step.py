"""values handed to insert()"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    t = sa.table('t', sa.column('id'), sa.column('n'))
    op.get_bind().execute(t.insert(values={'id': 1, 'n': 2}))
    op.drop_table('t')


def downgrade():
    pass
