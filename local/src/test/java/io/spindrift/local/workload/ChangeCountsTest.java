package io.spindrift.local.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ChangeCountsTest {
    @Test
    void aKeyChangeCountsAsADeleteAndAnInsertInsteadOfAnUpdate() {
        ChangeCounts counts = new ChangeCounts(Map.of("order_items", new TableChanges(1, 5, 0)));
        assertThat(counts.withKeyChanges("order_items", 2).of("order_items")).isEqualTo(new TableChanges(3, 3, 2));
    }

    @Test
    void differencesCoverTheTablesOfBothSides() {
        ChangeCounts sum = new ChangeCounts(Map.of("users", new TableChanges(1, 2, 3)))
                .plus(new ChangeCounts(Map.of("orders", new TableChanges(4, 0, 0))));
        assertThat(sum.total()).isEqualTo(10);
        assertThat(sum.minus(sum).total()).isZero();
    }

    @Test
    void changesDelayTheNextTransactionByTheirShareOfASecond() {
        Pace pace = new Pace(100, 0);
        pace.spent(50, 0);
        assertThat(pace.waitNanos(0)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
    }

    @Test
    void whatALongPauseMissedIsNotCaughtUpBeyondASecond() {
        Pace pace = new Pace(100, 0);
        long now = TimeUnit.HOURS.toNanos(1);
        pace.spent(150, now);
        assertThat(pace.waitNanos(now)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
    }
}
