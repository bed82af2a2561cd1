"""Indexes for the slow queries

Revision ID: perf_indexes_001
Revises: dc4e5affd5bc
Create Date: 2025-11-21 12:00:00.000000

"""
from alembic import op


# revision identifiers, used by Alembic.
revision = 'perf_indexes_001'
down_revision = 'dc4e5affd5bc'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.create_index('idx_user_email', ['email'])
        batch_op.create_index('idx_user_is_active', ['is_active'])
        batch_op.create_index('idx_user_is_system_admin', ['is_system_admin'])
        batch_op.create_index('idx_user_created_at', ['created_at'])

    with op.batch_alter_table('server', schema=None) as batch_op:
        batch_op.create_index('idx_server_user_id', ['user_id'])
        batch_op.create_index('idx_server_status', ['status'])
        batch_op.create_index('idx_server_created_at', ['created_at'])
        batch_op.create_index('idx_server_name', ['name'])

    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.create_index('idx_audit_log_user_id', ['user_id'])
        batch_op.create_index('idx_audit_log_action', ['action'])
        batch_op.create_index('idx_audit_log_created_at', ['created_at'])
        batch_op.create_index('idx_audit_log_user_action', ['user_id', 'action'])
        batch_op.create_index('idx_audit_log_timestamp', ['created_at'])

    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.create_index('idx_user_session_user_id', ['user_id'])
        batch_op.create_index('idx_user_session_expires_at', ['expires_at'])

    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.create_index('idx_api_key_user_id', ['user_id'])

    with op.batch_alter_table('server_metrics', schema=None) as batch_op:
        batch_op.create_index('idx_server_metrics_server_id', ['server_id'])
        batch_op.create_index('idx_server_metrics_timestamp', ['timestamp'])

    with op.batch_alter_table('player_session', schema=None) as batch_op:
        batch_op.create_index('idx_player_session_server_id', ['server_id'])


def downgrade():
    with op.batch_alter_table('player_session', schema=None) as batch_op:
        batch_op.drop_index('idx_player_session_server_id')

    with op.batch_alter_table('server_metrics', schema=None) as batch_op:
        batch_op.drop_index('idx_server_metrics_timestamp')
        batch_op.drop_index('idx_server_metrics_server_id')

    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.drop_index('idx_api_key_user_id')

    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_index('idx_user_session_expires_at')
        batch_op.drop_index('idx_user_session_user_id')

    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.drop_index('idx_audit_log_timestamp')
        batch_op.drop_index('idx_audit_log_user_action')
        batch_op.drop_index('idx_audit_log_created_at')
        batch_op.drop_index('idx_audit_log_action')
        batch_op.drop_index('idx_audit_log_user_id')

    with op.batch_alter_table('server', schema=None) as batch_op:
        batch_op.drop_index('idx_server_name')
        batch_op.drop_index('idx_server_created_at')
        batch_op.drop_index('idx_server_status')
        batch_op.drop_index('idx_server_user_id')

    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.drop_index('idx_user_created_at')
        batch_op.drop_index('idx_user_is_system_admin')
        batch_op.drop_index('idx_user_is_active')
        batch_op.drop_index('idx_user_email')
