"""foreign keys chosen by the columns that they join"""
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

    op.create_table(
        'u',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('t_id', sa.Integer(), sa.ForeignKey('t.id')),
        sa.Column('u_id', sa.Integer(), sa.ForeignKey('u.id')),
    )


def downgrade():
    pass
