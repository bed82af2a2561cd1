"""a colon before a word in a text"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('a', sa.Text()))
    op.execute("INSERT INTO t VALUES (1, '12:50 http://a'), (2, '{\"a\": 1}')")
    op.execute(sa.text("UPDATE t SET a = :a").bindparams(a='b'))
    op.get_bind().execute(sa.text("UPDATE t SET a = :a"), {'a': 'b'})
    op.get_bind().exec_driver_sql("UPDATE t SET a = ':a'")
    op.execute("UPDATE t SET a = ' \\\\:a'")


def downgrade():
    pass
