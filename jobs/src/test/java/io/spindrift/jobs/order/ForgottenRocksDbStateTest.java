package io.spindrift.jobs.order;

/** Likewise, where the state stands in RocksDB. */
class ForgottenRocksDbStateTest extends ForgottenStateTest {

    @Override
    String backend() {
        return "rocksdb";
    }
}
