"""flags that are not known before the migration runs, and tables that look first"""
import os

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

is_wanted = "RECHAIN_NOBODY_SETS_THIS" not in os.environ
metadata = sa.MetaData(naming_convention={"ix": "i_%(table_name)s"})
u = sa.Table(
    'u', metadata, sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer(), index=True)
)


def upgrade():
    op.create_table(
        'v',
        sa.Column('id', sa.Integer(), primary_key=is_wanted),
        sa.Column('k', sa.Integer(), unique=is_wanted),
        sa.Column('i', sa.Integer(), index=is_wanted),
    )
    op.create_table('w', sa.Column('v_id', sa.Integer(), sa.ForeignKey('v.id')), sa.Column('k', sa.Integer(), sa.ForeignKey('v.k')))
    op.drop_index('ix_v_i', 'v')
    u.create(op.get_bind())
    metadata.create_all(op.get_bind())
    op.drop_index('i_u', 'u')


def downgrade():
    pass
