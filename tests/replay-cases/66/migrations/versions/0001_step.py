"""a schema that is named, under a search path that begins elsewhere"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE SCHEMA app")
    op.execute("SET search_path TO app, public")
    op.execute("CREATE TABLE t (a INT)")
    op.execute("CREATE TABLE public.t (b INT)")
    op.execute("ALTER TABLE t SET SCHEMA app")
    op.execute("INSERT INTO public.t (b) VALUES (1)")
    op.execute("DROP TABLE t")
    op.execute("ALTER TABLE t SET SCHEMA public")


def downgrade():
    pass
