package io.spindrift.local.snowflake;

/** The tests of COPY, with files that travel over http. */
final class CopyOverHttpTest extends CopyTest {
    @Override
    StageTransport transport() {
        return StageTransport.HTTP;
    }
}
