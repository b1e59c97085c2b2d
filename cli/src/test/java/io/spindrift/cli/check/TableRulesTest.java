package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.ID;
import static io.spindrift.cli.check.Situation.column;
import static io.spindrift.cli.check.Situation.identified;
import static io.spindrift.cli.check.Situation.keyed;
import static io.spindrift.cli.check.Situation.sound;
import static io.spindrift.cli.check.Situation.type;
import static io.spindrift.cli.check.Situation.unique;
import static org.assertj.core.api.Assertions.assertThat;

import io.spindrift.cli.check.Catalog.Column;
import io.spindrift.cli.check.Catalog.Publication;
import io.spindrift.cli.check.Catalog.PublishedTable;
import io.spindrift.cli.check.Catalog.ReplicaIdentity;
import io.spindrift.cli.check.Catalog.Table;
import io.spindrift.cli.check.Catalog.TableKind;
import io.spindrift.cli.check.Catalog.UniqueKey;
import io.spindrift.cli.check.Facts.Warehouse;
import io.spindrift.jobs.route.SourceTable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Keys, replica identity, names; the source's server; the warehouse. */
class TableRulesTest {

    private static final Column EMAIL = new Column("email", type("text"), true, false, false, true);
    private static final Table PLAIN = keyed("t", ID, EMAIL);
    private static final UniqueKey PRIMARY = PLAIN.uniqueKeys().get(0);

    @Test
    void aTableWithoutAKeyIsFoundWhateverItsReplicaIdentity() {
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.DEFAULT)).found())
                .containsExactly("no-key: loses data");
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL)).only().seen())
                .isEqualTo("no primary key, and no unique index over NOT NULL columns; REPLICA IDENTITY FULL");
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL))
                        .logOnly(PLAIN.name())
                        .found())
                .as("its changes are logged, and it is known")
                .isEmpty();
        UniqueKey nullable = new UniqueKey("t_email", false, false, false, List.of("email"));
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL, nullable))
                        .found())
                .containsExactly("no-key: loses data");
    }

    @Test
    void aTableThatIsMirroredByItsRowsValuesMustBeWholeAndWithoutAKey() {
        Table full = identified(PLAIN, ReplicaIdentity.FULL);
        assertThat(sound().table(full).multisets(PLAIN.name()).found()).isEmpty();
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.DEFAULT))
                        .multisets(PLAIN.name())
                        .only()
                        .set())
                .isEqualTo("ALTER TABLE public.t REPLICA IDENTITY FULL");
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL, unique("t_email", "email")))
                        .multisets(PLAIN.name())
                        .only()
                        .seen())
                .isEqualTo("the table has a key: [email]");
        assertThat(sound().table(full)
                        .multisets(PLAIN.name())
                        .set("message.key.columns", "public.t:id")
                        .only()
                        .set())
                .isEqualTo("message.key.columns without it, or pipeline.multiset-tables");
        assertThat(sound().table(full)
                        .multisets(PLAIN.name())
                        .set("provide.transaction.metadata", "false")
                        .found())
                .contains("multiset-table: loses data");
    }

    @Test
    void aKeyFromAnIndexIsARisk() {
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL, unique("t_email", "email")))
                        .found())
                .containsExactly("key-from-index: risk");
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.DEFAULT, unique("t_email", "email")))
                        .found())
                .containsExactly("identity-nothing: loses data", "key-from-index: risk");
        UniqueKey identity = new UniqueKey("t_email", false, true, true, List.of("email"));
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.INDEX, identity))
                        .found())
                .containsExactly("key-from-index: risk");
    }

    @Test
    void aReplicaIdentityThatDoesNotNameTheRowIsFound() {
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.NOTHING, PRIMARY))
                        .found())
                .containsExactly("identity-nothing: loses data");
        Finding gone =
                sound().table(identified(PLAIN, ReplicaIdentity.INDEX, PRIMARY)).only();
        assertThat(gone.seen()).isEqualTo("REPLICA IDENTITY USING INDEX, and the index is gone");
        assertThat(gone.set()).isEqualTo("ALTER TABLE public.t REPLICA IDENTITY DEFAULT");
        UniqueKey email = new UniqueKey("t_email", false, true, true, List.of("email"));
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.INDEX, PRIMARY, email))
                        .found())
                .containsExactly("identity-other-index: loses data");
        UniqueKey both = new UniqueKey("t_both", false, true, true, List.of("id", "email"));
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.INDEX, PRIMARY, both))
                        .found())
                .isEmpty();
    }

    @Test
    void messageKeysMustBeUniqueAndInTheLog() {
        Situation byEmail = sound().table(
                        identified(PLAIN, ReplicaIdentity.DEFAULT, PRIMARY, unique("t_email", "email")))
                .set("message.key.columns", "(.*)\\.t:email;public.x:y");
        assertThat(byEmail.found()).containsExactly("message-key: bends values");
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL, PRIMARY, unique("t_email", "email")))
                        .set("message.key.columns", "public.t:email")
                        .found())
                .isEmpty();
        assertThat(sound().table(PLAIN)
                        .set("message.key.columns", "public.t:email")
                        .found())
                .containsExactly("message-key: loses data");
        assertThat(sound().table(PLAIN)
                        .set("message.key.columns", "public.t: id")
                        .found())
                .isEmpty();
        UniqueKey nullable = new UniqueKey("t_email", false, false, false, List.of("email"));
        assertThat(sound().table(identified(PLAIN, ReplicaIdentity.FULL, PRIMARY, nullable))
                        .set("message.key.columns", "public.t:email")
                        .found())
                .containsExactly("message-key: loses data");
        assertThat(byEmail.withoutCatalog().found()).containsExactly("message-key: risk");
    }

    @Test
    void namesThatAreOneInTheWarehouseAreFound() {
        Finding columns = sound().table("t", ID, column("Name", "text"), column("name", "text"))
                .only();
        assertThat(columns.rule()).isEqualTo(Rule.COLUMN_NAMES_COLLIDE);
        assertThat(columns.seen()).isEqualTo("Name, name");
        Finding tables = sound().table("Users", ID).only();
        assertThat(tables.rule()).isEqualTo(Rule.TABLE_NAMES_COLLIDE);
        assertThat(tables.where()).isEqualTo("public.Users, public.users");
        assertThat(sound().table("Users", ID).route("public.Users", "people").found())
                .isEmpty();
        assertThat(sound().table("t", ID, column("_cdc_lsn", "int8")).found())
                .containsExactly("column-name-taken: risk");
    }

    @Test
    void aServerOrSlotThatCannotBringTheLogIsFound() {
        assertThat(sound().walLevel("replica").found()).containsExactly("wal-level: loses data");
        assertThat(sound().withoutSlot().found()).containsExactly("slot-missing: risk");
        assertThat(sound().slot(true, "lost", 0).found()).containsExactly("slot-lost: loses data");
        assertThat(sound().slot(true, "unreserved", 0).found()).containsExactly("slot-lost: loses data");
        assertThat(sound().slot(false, "reserved", 0).found()).containsExactly("slot-behind: risk");
        assertThat(sound().slot(true, "extended", 2L << 30).only().seen()).isEqualTo("it holds back 2,147 MB of log");
        assertThat(sound().slot(true, "reserved", 1L << 30).found()).isEmpty();
        assertThat(sound().slot(true, "reserved", 1L << 30)
                        .slotKeepBytes(Optional.of(1L << 30))
                        .found())
                .containsExactly("slot-behind: risk");
        assertThat(sound().slotKeepBytes(Optional.empty()).found()).containsExactly("slot-unbounded: note");
    }

    @Test
    void aPublicationThatLacksSomethingIsFound() {
        assertThat(sound().withoutPublication().found()).containsExactly("publication-missing: risk");
        Finding table = sound().publication(one -> with(one, List.of())).only();
        assertThat(table.rule()).isEqualTo(Rule.TABLE_NOT_PUBLISHED);
        assertThat(table.set()).isEqualTo("ALTER PUBLICATION shop_pub ADD TABLE public.users");
        Finding operations = sound().publication(
                        one -> new Publication(one.name(), Set.of("insert", "update"), false, false, one.tables()))
                .only();
        assertThat(operations.rule()).isEqualTo(Rule.OPERATIONS_NOT_PUBLISHED);
        assertThat(operations.seen()).isEqualTo("it lacks delete, truncate");
    }

    @Test
    void aPublicationThatFiltersRowsOrColumnsIsFound() {
        SourceTable users = new SourceTable("public", "users");
        assertThat(sound().publication(
                                one -> with(one, List.of(new PublishedTable(users, Set.of("id", "email"), true))))
                        .found())
                .containsExactly("rows-not-published: loses data");
        Situation list = sound().publication(one -> with(one, List.of(new PublishedTable(users, Set.of("id"), false))));
        assertThat(list.only().seen()).isEqualTo("public.users without email");
        assertThat(list.set("column.exclude.list", "public.users.email").found())
                .containsExactly("columns-excluded: note");
    }

    private static Publication with(Publication publication, List<PublishedTable> tables) {
        return new Publication(publication.name(), publication.operations(), false, false, tables);
    }

    @Test
    void partitionsUnderTheirOwnNamesAreFound() {
        // Only what is published counts: nobody minds that a partitioned table has no key of its own.
        Table root = kind(identified(keyed("events", ID), ReplicaIdentity.DEFAULT), TableKind.PARTITIONED);
        Table leaf = kind(keyed("events_2026", ID), TableKind.PARTITION);
        assertThat(sound().table(root)
                        .table(leaf)
                        .withoutTopic("shop.public.events")
                        .found())
                .containsExactly("partitions-published: risk");
        assertThat(sound().table(kind(keyed("events", ID), TableKind.PARTITIONED))
                        .table(leaf)
                        .withoutTopic("shop.public.events_2026")
                        .publication(one -> new Publication(one.name(), one.operations(), true, false, one.tables()))
                        .found())
                .isEmpty();
    }

    @Test
    void tablesThatTheConnectorLeavesOutAreANote() {
        Situation some = sound().table(PLAIN).set("table.include.list", "public\\.users");
        assertThat(some.found()).containsExactly("table-not-captured: note", "topic-without-table: note");
        assertThat(some.first().seen()).isEqualTo("public.t");
        assertThat(sound().table(PLAIN).found()).isEmpty();
    }

    private static Table kind(Table table, TableKind kind) {
        return new Table(table.name(), kind, table.replicaIdentity(), false, table.uniqueKeys(), table.columns());
    }

    @Test
    void rowsThatTheConnectorsUserMayNotSeeAreFound() {
        Table guarded = new Table(
                PLAIN.name(), PLAIN.kind(), PLAIN.replicaIdentity(), true, PLAIN.uniqueKeys(), PLAIN.columns());
        assertThat(sound().table(guarded).found()).containsExactly("row-security: risk");
        assertThat(sound().table(guarded).set("database.user", "postgres").found())
                .isEmpty();
    }

    @Test
    void aWarehouseThatCannotBeUsedIsFound() {
        assertThat(sound().warehouse(
                                new Warehouse("LOADER", "SHOP", Optional.of("refused"), Optional.empty(), false, false))
                        .found())
                .containsExactly("warehouse-login: risk");
        assertThat(sound().warehouse(
                                new Warehouse("LOADER", "SHOP", Optional.empty(), Optional.of("LOAD"), false, false))
                        .found())
                .containsExactly("warehouse-database: risk", "warehouse-none: risk");
    }

    /** Without a connector its tables are those of publications whose topics are read. */
    @Test
    void theCatalogAloneIsLookedAtToo() {
        Situation alone =
                sound().table(identified(PLAIN, ReplicaIdentity.DEFAULT)).withoutConnector();
        assertThat(alone.found()).containsExactly("no-key: loses data");
        assertThat(alone.withoutTopic("shop.public.t").found()).isEmpty();
    }
}
