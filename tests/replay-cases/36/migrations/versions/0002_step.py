"""a condition on the release of the server"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    release = op.get_bind().execute(sa.text('SHOW server_version')).scalar_one()
    if int(release.split('.')[0]) >= 11 and op.get_bind().dialect.server_version_info > (9, 6):
        op.add_column('t', sa.Column('a', sa.Text()))
    else:
        op.drop_table('t')


def downgrade():
    pass
