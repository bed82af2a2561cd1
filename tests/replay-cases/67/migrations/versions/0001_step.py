"""a table of the session in front of one that others use"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))
    op.create_table("u", sa.Column("t", sa.Integer(), sa.ForeignKey("t.id")))
    op.execute("CREATE VIEW v AS SELECT a FROM t")
    op.execute("CREATE TEMPORARY TABLE t AS SELECT 1 AS id, 'x' AS a")
    op.execute("ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(3)")
    op.execute("TRUNCATE t")
    op.execute("DROP TABLE t")
    op.execute("SELECT hstore.x FROM (SELECT id, a FROM t) hstore(x, y)")


def downgrade():
    pass
