package io.spindrift.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Who may know whom. Reads the modules' compiled classes, not the class path. */
class ArchitectureTest {

    private static final JavaClasses SINKS = classesOf("sinks");
    private static final JavaClasses JOBS = classesOf("jobs");
    private static final JavaClasses LOCAL = classesOf("local");
    private static final JavaClasses CHAOS = classesOf("chaos");
    private static final JavaClasses CLI = classesOf("cli");

    private static final String WAREHOUSE = "io.spindrift.sinks.warehouse..";

    private static JavaClasses classesOf(String module) {
        Path home = Path.of(System.getProperty("spindrift.home", ".."));
        JavaClasses classes =
                new ClassFileImporter().importPath(home.resolve(module).resolve("target/classes"));
        assertThat(classes).as("classes of %s, which must be compiled", module).isNotEmpty();
        return classes;
    }

    @Test
    void sinksKnowNeitherKafkaNorDebeziumNorTheModulesAboveThem() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "org.apache.kafka..",
                        "org.apache.flink.connector.kafka..",
                        "io.debezium..",
                        "org.apache.avro..",
                        "com.fasterxml.jackson..",
                        "io.spindrift.jobs..",
                        "io.spindrift.local..",
                        "io.spindrift.chaos..",
                        "io.spindrift.cli.."))
                .check(SINKS);
    }

    @Test
    void onlyTheWarehousePackageSpeaksSql() {
        noClasses()
                .that(resideOutsideOfPackage(WAREHOUSE))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "net.snowflake.."))
                .check(SINKS);
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "net.snowflake.."))
                .check(JOBS);
    }

    @Test
    void ofTheWarehousePackageOthersKnowOnlyOptionsAndTheSinksOwnTargets() {
        Set<String> known = new TreeSet<>();
        for (JavaClass user : SINKS.that(resideOutsideOfPackage(WAREHOUSE))) {
            user.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass())
                    .filter(resideInAPackage(WAREHOUSE))
                    .forEach(target -> known.add(target.getSimpleName()));
        }
        assertThat(known).containsExactly("Owner", "SnowflakeLedger", "SnowflakeStage", "WarehouseOptions");
    }

    @Test
    void theLocalStackIsKnownToChaosAndTheCommandLineAlone() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.spindrift.local..", "io.spindrift.chaos..", "io.spindrift.cli.."))
                .check(JOBS);
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.spindrift.jobs..", "io.spindrift.chaos..", "io.spindrift.cli.."))
                .check(LOCAL);
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.spindrift.jobs..", "io.spindrift.cli.."))
                .check(CHAOS);
    }

    /** The command line's process holds the stack's Kafka and no Flink: of the job it may only read the configuration. */
    @Test
    void theCommandLineHasNoFlink() {
        for (JavaClasses module : Set.of(LOCAL, CHAOS, CLI)) {
            noClasses()
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("org.apache.flink.."))
                    .check(module);
        }
    }

    /** Flink drops the data of a commit that is given up. */
    @Test
    void nobodyGivesACommitUp() {
        DescribedPredicate<JavaMethodCall> givesUp = DescribedPredicate.describe(
                "a commit is given up", call -> call.getName().startsWith("signalFailedWith"));
        noClasses().should().callMethodWhere(givesUp).check(SINKS);
        noClasses().should().callMethodWhere(givesUp).check(JOBS);
    }

    @Test
    void packagesOfSinksFormNoCycle() {
        slices().matching("io.spindrift.sinks.(*)..").should().beFreeOfCycles().check(SINKS);
    }

    @Test
    void everyPackageIsNullMarked() {
        for (JavaClasses module : Set.of(SINKS, JOBS, LOCAL, CHAOS, CLI)) {
            Set<String> unmarked = new TreeSet<>();
            module.forEach(type -> {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    unmarked.add(type.getPackageName());
                }
            });
            assertThat(unmarked).isEmpty();
        }
    }
}
