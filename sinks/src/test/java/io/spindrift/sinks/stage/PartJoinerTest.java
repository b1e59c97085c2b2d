package io.spindrift.sinks.stage;

import static io.spindrift.sinks.stage.WriterPropertiesTest.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.spindrift.sinks.model.Operation;
import io.spindrift.sinks.model.Position;
import io.spindrift.sinks.model.ShapeAnnounced;
import io.spindrift.sinks.model.TableShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PartJoinerTest {

    private static final TableShape USERS = Rows.shape("USERS", "ID");
    private static final TableShape ORDERS = Rows.shape("ORDERS", "ID");
    private static final UUID ATTEMPT = new UUID(0xc, 0xd);

    private final StageFolder stage = new StageFolder();
    private final SimpleVersionedSerializer<WriterOutput> serializer = StageFormat.writerOutputs();
    private Path temporary;
    private Path spill;
    private PartJoiner joiner;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        temporary = directory;
        spill = Files.createDirectory(directory.resolve("joined"));
        joiner = new PartJoiner("shop", new SpillDirectory(spill, "joined", ATTEMPT), stage);
    }

    @AfterEach
    void close() throws IOException {
        joiner.close();
    }

    /** What a writer sends that wrote these rows, one a shape and offset. */
    private List<CsvPart> parts(int writer, long offset, TableShape... rows) throws IOException {
        SpillDirectory directory = SpillDirectory.create("test", String.valueOf(writer), ATTEMPT);
        WriterLimits limits = WriterLimits.of(4, 1 << 20);
        try (SnowflakeWriter one = new SnowflakeWriter("shop", 0, directory, limits, stage, new SimpleCounter())) {
            long at = offset;
            for (TableShape shape : rows) {
                one.write(new ShapeAnnounced(shape), CONTEXT);
                Position position = new Position("t", writer, at, 100 * writer + at, 1, 0, false);
                one.write(Rows.row(shape, Operation.CREATE, position, writer + "/" + at), CONTEXT);
                at++;
            }
            one.flush(false);
            WriterOutput output = one.prepareCommit().iterator().next();
            return serializer
                    .deserialize(serializer.getVersion(), serializer.serialize(output))
                    .parts();
        }
    }

    @Test
    void partsOfSeveralWritersAreExactlyOneFileAShape() throws IOException {
        joiner.add(parts(0, 5, USERS, ORDERS, USERS));
        joiner.add(parts(1, 2, ORDERS));
        joiner.add(List.of());
        joiner.add(parts(2, 8, USERS));
        stage.setEpoch(6);
        List<StagedFile> files = joiner.stage(42);
        assertThat(files).extracting(StagedFile::shape).containsExactlyInAnyOrder(USERS, ORDERS);
        assertThat(stage.files()).hasSize(2);
        StagedFile users = files.stream()
                .filter(file -> file.shape().equals(USERS))
                .findFirst()
                .orElseThrow();
        assertThat(users.counts()).isEqualTo(new OperationCounts(0, 3, 0, 0, 0));
        assertThat(users.offsets()).containsExactly(new OffsetRange("t", 0, 5, 7), new OffsetRange("t", 2, 8, 8));
        assertThat(users.highestLsn()).isEqualTo(208);
        assertThat(stage.text(users.path()).lines().map(line -> line.replaceAll(",.*,([0-9]+),$", " $1")))
                .containsExactly("\"0/5\" 0", "\"0/7\" 2", "\"2/8\" 0");
        byte[] bytes = stage.bytes(users.path());
        assertThat(users.bytes()).isEqualTo(bytes.length).isEqualTo(Zstd.findFrameCompressedSize(bytes));
    }

    @Test
    void aJoinedFileNamesItsPipelineEpochCheckpointTableShapeAndAttempt() throws IOException {
        stage.setEpoch(6);
        joiner.add(parts(0, 0, USERS));
        String directory = "shop/6/42/USERS/%016x/".formatted(USERS.fingerprint());
        assertThat(joiner.stage(42))
                .extracting(StagedFile::path)
                .containsExactly(directory + "joined-0-" + ATTEMPT + ".csv.zst");
        joiner.add(parts(0, 1, USERS));
        stage.setEpoch(7);
        assertThat(joiner.stage(43))
                .extracting(StagedFile::path)
                .containsExactly(directory.replace("42", "43") + "joined-1-" + ATTEMPT + ".csv.zst");
        assertThat(stage.epochReads()).isEqualTo(1);
    }

    @Test
    void nothingIsStagedTwiceAndNothingNeedsNoStage() throws IOException {
        assertThat(joiner.stage(1)).isEmpty();
        assertThat(stage.epochReads()).isZero();
        joiner.add(parts(0, 0, USERS));
        assertThat(joiner.stage(2)).hasSize(1);
        assertThat(joiner.stage(3)).isEmpty();
    }

    /** Four uploads run at a time; each thread's next one would be in vain. */
    @Test
    void behindAFailedUploadNoOtherBegins() throws IOException {
        TableShape[] shapes =
                IntStream.range(0, 30).mapToObj(i -> Rows.shape("T" + i, "ID")).toArray(TableShape[]::new);
        joiner.add(parts(0, 0, shapes));
        stage.failAfter(0);
        assertThatThrownBy(() -> joiner.stage(1)).hasRootCauseMessage("the stage is gone");
        joiner.close();
        assertThat(stage.uploadsBegun()).isBetween(1, 4);
    }

    @Test
    void aFailedUploadFailsTheCheckpoint() throws IOException {
        joiner.add(parts(0, 0, USERS, ORDERS));
        stage.failAfter(1);
        assertThatThrownBy(() -> joiner.stage(1)).hasRootCauseMessage("the stage is gone");
        joiner.close();
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
        assertThat(stage.openSessions()).isZero();
    }
}
