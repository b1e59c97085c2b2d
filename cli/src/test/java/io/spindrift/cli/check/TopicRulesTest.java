package io.spindrift.cli.check;

import static io.spindrift.cli.check.Situation.sound;
import static io.spindrift.cli.check.Situation.topic;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicRulesTest {

    private static final String USERS = "shop.public.users";

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "cleanup.policy; compact; topic-compacted: loses data",
                "cleanup.policy; compact,delete; topic-compacted: loses data",
                "retention.ms; 86399999; topic-retention: risk",
                "retention.bytes; 1000000; topic-size-limit: note",
                "unclean.leader.election.enable; true; topic-not-safe: risk",
            })
    void aSettingIsFound(String key, String value, String finding) {
        assertThat(sound().topic(topic(USERS, 3, key, value)).found()).containsExactly(finding);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "retention.ms; 86400000",
                "retention.ms; -1",
                "retention.bytes; -1",
                "unclean.leader.election.enable; false"
            })
    void aSettingThatIsRightIsNot(String key, String value) {
        assertThat(sound().topic(topic(USERS, 3, key, value)).found()).isEmpty();
    }

    @Test
    void aSingleCopyIsFound() {
        assertThat(sound().topic(topic(USERS, 1)).only().where()).isEqualTo("topics " + USERS);
    }

    @Test
    void topicsThatAreNotThereAreFound() {
        assertThat(sound().reads(USERS, "shop.public.gone").found()).containsExactly("topic-missing: risk");
        assertThat(sound().readsPattern("shopp\\..*").found())
                .containsExactly("topic-missing: risk", "table-not-read: note");
    }

    @Test
    void aTopicWithoutATableIsANote() {
        assertThat(sound().topic(topic("shop.public.old", 3)).found()).containsExactly("topic-without-table: note");
        assertThat(sound().topic(topic("shop.transaction", 3))
                        .readsPattern("shop\\..*")
                        .found())
                .isEmpty();
    }

    @Test
    void aTableThatIsNotReadIsANote() {
        assertThat(sound().table("t", Situation.ID).reads(USERS).only().seen()).isEqualTo("public.t");
    }

    @Test
    void deadLettersThatWouldBeReadOrLostAreFound() {
        assertThat(sound().readsPattern("dlq|shop\\.public\\..*").found()).containsExactly("dead-letters-read: risk");
        assertThat(sound().topic(topic("dlq", 3, "cleanup.policy", "compact")).found())
                .containsExactly("dead-letters-kept: risk");
        assertThat(sound().topic(topic("dlq", 3, "retention.ms", "60000")).found())
                .containsExactly("dead-letters-kept: risk");
        assertThat(sound().withoutTopic("dlq").found()).containsExactly("dead-letters-missing: note");
    }

    /** What renames topics makes the question moot. */
    @Test
    void renamedTopicsAreNotHeldAgainstTables() {
        assertThat(sound().topic(topic("shop.public.other", 3))
                        .set("transforms", "route")
                        .set("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter")
                        .found())
                .containsExactly("records-rerouted: risk");
    }
}
