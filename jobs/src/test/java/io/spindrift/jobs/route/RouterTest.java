package io.spindrift.jobs.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spindrift.sinks.model.TableName;
import java.util.Map;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {

    private final Router router = new Router(Map.of("public.order_items", "items", "audit.Log", "Audit Log"));

    @ParameterizedTest
    @CsvSource({
        "public, users, USERS",
        "public, order_items, ITEMS",
        "sales, order_items, SALES_ORDER_ITEMS",
        "audit, Log, AUDIT LOG",
        "audit, log, AUDIT_LOG",
        "public, straße, STRASSE"
    })
    void aTableGoesByItsRuleOrUnderItsOwnName(String schema, String table, String target) {
        assertThat(router.apply(new SourceTable(schema, table))).contains(new TableName(target));
    }

    @Test
    void rulesTravelToEveryNode() throws Exception {
        assertThat(InstantiationUtil.clone(router)).isEqualTo(router);
    }

    /** Its rows would stand among the letters. */
    @Test
    void noTableGoesToTheLedgersOwn() {
        assertThatThrownBy(() -> router.apply(new SourceTable("public", "spindrift.dead_letters")))
                .hasMessage(
                        "public.spindrift.dead_letters: the name SPINDRIFT.DEAD_LETTERS is the ledger's: route it to another");
    }
}
