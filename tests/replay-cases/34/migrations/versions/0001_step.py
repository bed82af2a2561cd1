"""indexes renamed as an inspector lists them"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        't',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('n', sa.Integer()),
        sa.PrimaryKeyConstraint('id'),
    )

    op.create_index('ix_t_n', 't', ['n'])
    op.create_unique_constraint('ix_uq', 't', ['n', 'id'])


def downgrade():
    pass
