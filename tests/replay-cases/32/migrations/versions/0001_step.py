"""columns of a table that is not there"""
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


def downgrade():
    pass
