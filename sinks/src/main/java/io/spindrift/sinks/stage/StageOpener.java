package io.spindrift.sinks.stage;

import java.io.Serializable;

/** Opens the pipeline's stage; travels with the job to where the operators run. */
public interface StageOpener extends Serializable {

    /** Opens nothing remote yet: the first call logs in. Each uploader is used by one thread at a time. */
    FileUploader open();
}
