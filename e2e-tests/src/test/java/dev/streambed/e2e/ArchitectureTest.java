package dev.streambed.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.stream.Collectors;

/** The borders between and inside the modules. If a rule breaks, move the code, not the rule. */
@AnalyzeClasses(
    packages = "dev.streambed",
    importOptions = ArchitectureTest.DeliveredOrEndToEnd.class)
class ArchitectureTest {
  private static final String SCHEMAS = "dev.streambed.schemas..";
  private static final String EMBEDDER = "dev.streambed.embedder..";
  private static final String IMPORTER = "dev.streambed.importer..";
  private static final String DEFAULT_MODEL = "dev.streambed.defaultmodel..";
  private static final String QUERY = "dev.streambed.query..";
  private static final String SERVER = "dev.streambed.server..";
  private static final String OPERATOR = "dev.streambed.operator..";
  private static final String TESTING = "dev.streambed.testing..";
  private static final String SQL = "dev.streambed.sql..";
  private static final String JOBS = "dev.streambed.jobs..";
  private static final String BROKER = "dev.streambed.broker..";
  private static final String CLI = "dev.streambed.cli..";
  private static final String E2E = "dev.streambed.e2e..";
  private static final String BENCHMARKS = "dev.streambed.benchmarks..";

  private static final String FLINK = "org.apache.flink..";
  private static final String KAFKA = "org.apache.kafka..";
  private static final String KAFKA_CONNECTOR = "org.apache.flink.connector.kafka..";
  private static final String ONNX_RUNTIME = "ai.onnxruntime..";
  private static final String DJL = "ai.djl..";

  private static final String ONNX_SESSION = "dev.streambed.embedder.onnx.OnnxSession";
  private static final String ONNX_LOADER = "dev.streambed.embedder.onnx.OnnxLoader";
  private static final String TEXT_TOKENIZER = "dev.streambed.embedder.onnx.TextTokenizer";

  @ArchTest
  static final ArchRule onlySessionAndItsLoaderUseTheRuntime =
      noClasses()
          .that()
          .resideOutsideOfPackage(BENCHMARKS)
          .and()
          .haveNameNotMatching("\\Q" + ONNX_SESSION + "\\E(\\$.*)?")
          .and()
          .haveNameNotMatching("\\Q" + ONNX_LOADER + "\\E(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ONNX_RUNTIME);

  @ArchTest
  static final ArchRule onlyTextTokenizerUsesTheTokeniserLibrary =
      noClasses()
          .that()
          .haveNameNotMatching("\\Q" + TEXT_TOKENIZER + "\\E(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DJL);

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.streambed.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule schemasSeeNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage(SCHEMAS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              FLINK,
              KAFKA,
              ONNX_RUNTIME,
              DJL,
              EMBEDDER,
              IMPORTER,
              DEFAULT_MODEL,
              OPERATOR,
              JOBS,
              BROKER,
              CLI);

  @ArchTest
  static final ArchRule embedderIsPlainJava =
      noClasses()
          .that()
          .resideInAPackage(EMBEDDER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              FLINK, KAFKA, SCHEMAS, IMPORTER, DEFAULT_MODEL, OPERATOR, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule importerUsesTheEmbedderOnly =
      noClasses()
          .that()
          .resideInAPackage(IMPORTER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, SCHEMAS, DEFAULT_MODEL, OPERATOR, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule theDefaultModelUsesTheImporter =
      noClasses()
          .that()
          .resideInAPackage(DEFAULT_MODEL)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, SCHEMAS, OPERATOR, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule queryAndServerKnowNoFlink =
      noClasses()
          .that()
          .resideInAnyPackage(QUERY, SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              FLINK, ONNX_RUNTIME, DJL, IMPORTER, DEFAULT_MODEL, OPERATOR, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule operatorKnowsNoKafka =
      noClasses()
          .that()
          .resideInAPackage(OPERATOR)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              KAFKA, KAFKA_CONNECTOR, SCHEMAS, IMPORTER, DEFAULT_MODEL, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule sqlKnowsNoKafkaAndNoJobs =
      noClasses()
          .that()
          .resideInAPackage(SQL)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(KAFKA, KAFKA_CONNECTOR, IMPORTER, DEFAULT_MODEL, JOBS, BROKER, CLI);

  @ArchTest
  static final ArchRule testingUsesTheEmbedderOnly =
      noClasses()
          .that()
          .resideInAPackage(TESTING)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              FLINK,
              KAFKA,
              ONNX_RUNTIME,
              DJL,
              SCHEMAS,
              IMPORTER,
              DEFAULT_MODEL,
              OPERATOR,
              JOBS,
              BROKER,
              CLI);

  @ArchTest
  static final ArchRule typesBesideFlinkSayWhetherUsersMayRelyOnThem =
      classes()
          .that()
          .resideInAnyPackage(OPERATOR, SQL, JOBS, CLI, BENCHMARKS)
          .and()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .should()
          .beAnnotatedWith("org.apache.flink.annotation.PublicEvolving")
          .orShould()
          .beAnnotatedWith("org.apache.flink.annotation.Internal");

  @ArchTest
  static final ArchRule typesWithoutFlinkSayWhetherUsersMayRelyOnThem =
      classes()
          .that()
          .resideInAnyPackage(
              SCHEMAS, EMBEDDER, IMPORTER, DEFAULT_MODEL, QUERY, SERVER, TESTING, BROKER)
          .and()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .should()
          .beAnnotatedWith("org.apiguardian.api.API");

  @ArchTest
  static final ArchRule jobsKnowNoImporter =
      noClasses()
          .that()
          .resideInAPackage(JOBS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(IMPORTER, DEFAULT_MODEL, BROKER, CLI);

  @ArchTest
  static final ArchRule theBrokerSeesNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage(BROKER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              FLINK,
              ONNX_RUNTIME,
              DJL,
              SCHEMAS,
              EMBEDDER,
              IMPORTER,
              DEFAULT_MODEL,
              OPERATOR,
              JOBS,
              CLI);

  @ArchTest
  static final ArchRule nothingDeliveredUsesTestsOrBenchmarks =
      noClasses()
          .that()
          .resideOutsideOfPackages(BENCHMARKS, E2E)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(BENCHMARKS, E2E);

  /** A package is about one thing; a larger one is about two. */
  @ArchTest
  static void noPackageIsCrowded(JavaClasses found) {
    Map<String, Long> sizes =
        found.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));

    assertThat(sizes).allSatisfy((name, size) -> assertThat(size).as(name).isLessThanOrEqualTo(18));
  }

  /** Without these packages the rules above would look at nothing. */
  @ArchTest
  static final ArchRule theSessionDoesUseTheRuntime =
      classes()
          .that()
          .haveFullyQualifiedName(ONNX_SESSION)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ONNX_RUNTIME);

  @ArchTest
  static final ArchRule theTokenizerDoesUseTheLibrary =
      classes()
          .that()
          .haveFullyQualifiedName(TEXT_TOKENIZER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DJL);

  @ArchTest
  static void everyModuleIsLookedAt(JavaClasses found) {
    assertThat(found.stream().map(JavaClass::getPackageName).distinct())
        .contains(
            "dev.streambed.schemas",
            "dev.streambed.embedder",
            "dev.streambed.importer",
            "dev.streambed.defaultmodel",
            "dev.streambed.query",
            "dev.streambed.server",
            "dev.streambed.operator",
            "dev.streambed.testing",
            "dev.streambed.sql",
            "dev.streambed.jobs",
            "dev.streambed.broker",
            "dev.streambed.cli",
            "dev.streambed.benchmarks",
            "dev.streambed.e2e.harness",
            "dev.streambed.e2e.records");
    assertThat(found.contain("dev.streambed.embedder.batch.ManualTextEmbedder")).isFalse();
  }

  /** The delivered code, the benchmarks and the end-to-end tests; not the tests of a module. */
  static final class DeliveredOrEndToEnd implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return location.contains("/e2e-tests/target/test-classes/")
          || (!location.contains("/test-classes/") && !location.contains("-tests.jar"));
    }
  }
}
