package io.spindrift.local.snowflake;

/** How a client moves files into stages and out of them. */
public enum StageTransport {
    /** It copies them within the file system that it shares with the server. */
    LOCAL_FS,
    /** It speaks S3's protocol with the server, from wherever it runs. */
    HTTP
}
