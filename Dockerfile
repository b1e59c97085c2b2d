# Flink with the job in it, for the manifests in k8s/. Its parts are made by Maven before:
#
#   mvn -DskipTests package
#   docker build -t registry.example.com/spindrift:0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
#
# Nothing is run or fetched while it builds; what differs between two builds of one commit is the base image alone. The tag names the
# Flink and the Java (the plain tags have Java 11), not the bytes: for those give the digest,
# --build-arg FLINK_IMAGE=flink:1.20.5-java17@sha256:…
ARG FLINK_IMAGE=flink:1.20.5-java17
FROM ${FLINK_IMAGE}

ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Spindrift" \
      org.opencontainers.image.description="PostgreSQL changes, exactly once, in Snowflake: the Flink job." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The job, under a name without version: manifests stay as they are.
COPY jobs/target/spindrift-jobs-*.jar /opt/flink/usrlib/spindrift-jobs.jar

# What belongs to Flink's own class path, put together by k8s/pom.xml: the Snowflake driver at the project's version, and
# log4j-layout-template-json at Flink's log4j version (2.24.3 in 1.20.5), which the distribution does not bring and the JSON logs need.
COPY k8s/target/flink-lib/*.jar /opt/flink/lib/
COPY flink-conf/log4j-console.properties /opt/flink/conf/log4j-console.properties

# Prometheus' reporter is in the base image's plugins/ already. The object storage's file system is in its opt/, and the base image's
# entry point takes it into plugins/ when the container starts, by ENABLE_BUILT_IN_PLUGINS: k8s/base/flink-deployment.yaml sets it.

# uid and gid 9999. Entry point and command stay the base image's.
USER flink
