"""indexes renamed as an inspector lists them"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    for index in sa.inspect(op.get_bind()).get_indexes('t'):
        op.execute(f"ALTER INDEX {index['name']} RENAME TO {index['name'].replace('ix_', 'idx_')}")
    op.drop_index('idx_t_n')
    op.drop_constraint('idx_uq', 't')


def downgrade():
    pass
