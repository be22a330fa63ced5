import { quoted } from '../../events/engines/postgres-dialect.ts';
import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import { COMPUTING, OPERATORS, TYPES } from './classify-builtins.ts';

/** What calling a function of pg_catalog does. */
export interface Effect {
  readonly verdict: Verdict;
  readonly danger?: DangerKind;
  /** What it does, as the predicate of a sentence. */
  readonly does: string;
}

/** VOLATILE functions (pg_proc of 15.18 and 18.4) that only look: at a clock, at chance, at the server's state. */
const LOOKING = `
  random random_normal gen_random_uuid uuidv4 uuidv7 array_sample array_shuffle clock_timestamp timeofday
  pg_sleep pg_sleep_for pg_sleep_until currval lastval current_query pg_blocking_pids pg_safe_snapshot_blocking_pids
  pg_table_size pg_indexes_size pg_relation_size pg_total_relation_size pg_database_size pg_tablespace_size
  pg_is_in_recovery pg_is_wal_replay_paused pg_get_wal_replay_pause_state pg_last_wal_receive_lsn
  pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_current_wal_lsn pg_current_wal_insert_lsn
  pg_current_wal_flush_lsn pg_lock_status pg_control_checkpoint pg_control_init pg_control_recovery
  pg_control_system pg_collation_actual_version pg_database_collation_actual_version pg_jit_available
  pg_partition_ancestors pg_partition_tree pg_sequence_last_value pg_get_sequence_data pg_xact_status txid_status
  pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_last_committed_xact pg_notification_queue_usage
  pg_prepared_xact pg_stat_have_stats pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal
  pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
  pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
  pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
  pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
  pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_show_replication_origin_status
  pg_replication_origin_progress pg_replication_origin_session_is_setup pg_get_shmem_allocations
  pg_get_shmem_allocations_numa pg_get_backend_memory_contexts pg_get_wait_events pg_get_wal_resource_managers
  pg_get_wal_summarizer_state pg_available_wal_summaries pg_get_loaded_modules pg_get_aios pg_get_multixact_members
  lo_get
`;

/** Functions with an effect: VOLATILE ones by the manual's chapter 9, and those whose STABLE hides one. */
const EFFECTS: readonly (readonly [names: string, effect: Effect])[] = [
  // Chapter 9.17, sequences.
  ['nextval', { verdict: 'write', does: 'moves a sequence on' }],
  [
    'setval',
    {
      verdict: 'write',
      danger: 'alter',
      does: 'sets a sequence, which may then give the same numbers again',
    },
  ],
  // 9.28: STABLE, yet gives the transaction an id, which is a write.
  ['txid_current pg_current_xact_id', { verdict: 'write', does: 'gives the transaction an id' }],
  // 9.15: what is mapped is read by SQL made of the argument; views and functions in it run.
  [
    `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml
     table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema
     database_to_xml database_to_xmlschema database_to_xml_and_xmlschema ts_stat ts_rewrite`,
    { verdict: 'write', danger: 'codeExecution', does: 'runs SQL that stands in its argument' },
  ],
  // 9.28.1
  ['set_config', { verdict: 'session', danger: 'settings', does: 'changes a setting' }],
  [
    'setseed pg_stat_clear_snapshot lo_close lo_lseek lo_lseek64 lo_tell lo_tell64',
    {
      verdict: 'session',
      does: 'changes the state of the session',
    },
  ],
  // 9.28.10
  [
    `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
     pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
     pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
    { verdict: 'write', danger: 'lock', does: 'takes or gives back a lock that others wait for' },
  ],
  // Chapter 33.4, large objects on the server.
  [
    'lo_creat lo_create lo_from_bytea lo_open loread',
    { verdict: 'write', does: 'opens or makes a large object' },
  ],
  ['lo_unlink', { verdict: 'write', danger: 'drop', does: 'deletes a large object with all that it holds' }],
  [
    'lo_put lowrite lo_truncate lo_truncate64',
    { verdict: 'write', danger: 'alter', does: 'overwrites or cuts what a large object holds' },
  ],
  ['pg_notify pg_logical_emit_message', { verdict: 'write', does: 'sends a message' }],
  ['pg_export_snapshot', { verdict: 'write', does: 'writes a snapshot to a file' }],
  // 9.28.8
  [
    'brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list',
    { verdict: 'write', does: 'changes an index' },
  ],
  // 9.28.9 and 33.4
  [
    `pg_read_file pg_read_file_old pg_read_binary_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir
     pg_ls_archive_statusdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_stat_file
     pg_current_logfile pg_wal_summary_contents pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings
     lo_import lo_export`,
    { verdict: 'admin', danger: 'fileAccess', does: 'reaches the files of the server' },
  ],
  // 9.28.2
  [
    'pg_terminate_backend pg_cancel_backend',
    { verdict: 'admin', danger: 'terminate', does: 'stops what others do' },
  ],
  [
    'pg_drop_replication_slot pg_replication_origin_drop',
    {
      verdict: 'admin',
      danger: 'drop',
      does: 'drops where a replica stands: what it has not read yet is lost to it',
    },
  ],
  [
    `pg_logical_slot_get_changes pg_logical_slot_get_binary_changes pg_replication_slot_advance pg_replication_origin_advance`,
    { verdict: 'admin', danger: 'admin', does: 'moves a replica past changes that it has not read' },
  ],
  [
    `pg_stat_reset pg_stat_reset_shared pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters
     pg_stat_reset_slru pg_stat_reset_replication_slot pg_stat_reset_subscription_stats pg_stat_reset_backend_stats
     pg_clear_relation_stats pg_clear_attribute_stats pg_restore_relation_stats pg_restore_attribute_stats`,
    { verdict: 'admin', danger: 'admin', does: 'throws statistics of the server away' },
  ],
  ['pg_promote', { verdict: 'admin', danger: 'admin', does: 'makes a standby a server of its own' }],
  [
    `pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_log_backend_memory_contexts pg_log_standby_snapshot
     pg_backup_start pg_backup_stop pg_create_restore_point pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume
     pg_create_physical_replication_slot pg_create_logical_replication_slot pg_copy_physical_replication_slot
     pg_copy_logical_replication_slot pg_logical_slot_peek_changes pg_logical_slot_peek_binary_changes
     pg_sync_replication_slots pg_replication_origin_create pg_replication_origin_session_progress
     pg_replication_origin_session_reset pg_replication_origin_session_setup pg_replication_origin_xact_reset
     pg_replication_origin_xact_setup pg_stat_force_next_flush pg_import_system_collations pg_extension_config_dump
     pg_nextoid pg_stop_making_pinned_objects`,
    { verdict: 'admin', danger: 'admin', does: 'changes the server' },
  ],
];

const words = (names: string): string[] => names.trim().split(/\s+/);
const READS: readonly ReadonlySet<string>[] = [COMPUTING, OPERATORS, TYPES, new Set(words(LOOKING))];
const EFFECT_OF: ReadonlyMap<string, Effect> = new Map(
  EFFECTS.flatMap(([names, effect]) => words(names).map((name) => [name, effect] as const)),
);

/** What calling a function of pg_catalog does: `read`, an effect, or undefined where it is not known there. */
export function builtinEffect(name: string): Effect | 'read' | undefined {
  return EFFECT_OF.get(name) ?? (READS.some((names) => names.has(name)) ? 'read' : undefined);
}

/** Those with an effect that the planner may call for a plain EXPLAIN: it calls what is not VOLATILE. */
export function runsWhilePlanning(name: string): boolean {
  return /_to_xml|^txid_current$|^pg_current_xact_id$/.test(name);
}

/** A name quoted as SQL's `quote_ident` does it, so that a dot in a name is not taken for one between names. */
export function quotedName(parts: readonly string[]): string {
  return parts.map((part) => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : quoted(part))).join('.');
}
