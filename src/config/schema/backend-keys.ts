/** Keys that a driver-style table (with `bin`, without `preset`) still takes from a matching preset. */
export const DETECTION_KEYS = [
  'blocked_re',
  'auth_re',
  'context_re',
  'billing_re',
  'overload_re',
  'crash_re',
  'start_re',
  'asking_re',
  'composer_re',
  'title_working_re',
  'title_idle_re',
  'title_asking_re',
  'paste_marker_re',
  'queued_re',
  'pass_env',
  'conversation',
  'conversation_home',
  'interrupt_key',
  'steers',
  'hooks_flag',
  'steady_active',
  'round_cmd',
  'round_limit_re',
] as const
/** Keys of user patterns. */
export const PATTERN_KEYS = [
  'active_re',
  'limit_re',
  'fatal_re',
  ...DETECTION_KEYS.filter((key) => key.endsWith('_re')),
] as const
