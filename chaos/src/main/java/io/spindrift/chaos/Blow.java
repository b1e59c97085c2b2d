package io.spindrift.chaos;

import java.util.Locale;

/** A process is hit: killed as by kill -9, or frozen until the cluster has given it up and gone on without it. */
enum Blow {
    KILL_TASK_MANAGER_0,
    KILL_TASK_MANAGER_1,
    KILL_BOTH_TASK_MANAGERS,
    FREEZE_TASK_MANAGER_0,
    FREEZE_TASK_MANAGER_1,
    KILL_JOB_MANAGER,
    KILL_SNOWFLAKE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
