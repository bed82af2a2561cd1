"""a default that does not become what its column becomes"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('a', 'b')")
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('s', sa.String(5), server_default='a'), sa.Column('k', sa.String(5), server_default='a'))
    op.alter_column('t', 's', server_default=None)
    op.execute("ALTER TABLE t ALTER s TYPE state USING s::state, ALTER s SET DEFAULT 'a'")


def downgrade():
    pass
