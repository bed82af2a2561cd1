"""what runs outside of a transaction only"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index('i', 't', ['n'], postgresql_concurrently=True)
        op.execute("VACUUM t")
    op.execute("REINDEX TABLE t")
    op.add_column('t', sa.Column('more', sa.Integer()))


def downgrade():
    pass
