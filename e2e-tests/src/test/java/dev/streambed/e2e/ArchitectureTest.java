package dev.streambed.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The borders between and inside the modules. If a rule breaks, move the code, not the rule. */
@AnalyzeClasses(packages = "dev.streambed", importOptions = ArchitectureTest.NoTests.class)
class ArchitectureTest {
  private static final String SCHEMAS = "dev.streambed.schemas..";
  private static final String EMBEDDER = "dev.streambed.embedder..";
  private static final String IMPORTER = "dev.streambed.importer..";
  private static final String OPERATOR = "dev.streambed.operator..";
  private static final String JOBS = "dev.streambed.jobs..";
  private static final String CLI = "dev.streambed.cli..";
  private static final String BENCHMARKS = "dev.streambed.benchmarks..";

  private static final String FLINK = "org.apache.flink..";
  private static final String KAFKA = "org.apache.kafka..";
  private static final String KAFKA_CONNECTOR = "org.apache.flink.connector.kafka..";
  private static final String ONNX_RUNTIME = "ai.onnxruntime..";
  private static final String DJL = "ai.djl..";

  private static final String ONNX_SESSION = "dev.streambed.embedder.onnx.OnnxSession";
  private static final String TEXT_TOKENIZER = "dev.streambed.embedder.onnx.TextTokenizer";

  @ArchTest
  static final ArchRule onlyOnnxSessionUsesTheRuntime =
      noClasses()
          .that()
          .resideOutsideOfPackage(BENCHMARKS)
          .and()
          .haveNameNotMatching("\\Q" + ONNX_SESSION + "\\E(\\$.*)?")
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
              FLINK, KAFKA, ONNX_RUNTIME, DJL, EMBEDDER, IMPORTER, OPERATOR, JOBS, CLI);

  @ArchTest
  static final ArchRule embedderIsPlainJava =
      noClasses()
          .that()
          .resideInAPackage(EMBEDDER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, SCHEMAS, IMPORTER, OPERATOR, JOBS, CLI);

  @ArchTest
  static final ArchRule importerUsesTheEmbedderOnly =
      noClasses()
          .that()
          .resideInAPackage(IMPORTER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, SCHEMAS, OPERATOR, JOBS, CLI);

  @ArchTest
  static final ArchRule operatorKnowsNoKafka =
      noClasses()
          .that()
          .resideInAPackage(OPERATOR)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(KAFKA, KAFKA_CONNECTOR, SCHEMAS, IMPORTER, JOBS, CLI);

  @ArchTest
  static final ArchRule jobsKnowNoImporter =
      noClasses()
          .that()
          .resideInAPackage(JOBS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(IMPORTER, CLI);

  /** Without these the rules above would hold because they look at nothing. */
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
    assertThat(found.stream().map(type -> type.getPackageName()).distinct())
        .contains(
            "dev.streambed.schemas",
            "dev.streambed.embedder",
            "dev.streambed.importer",
            "dev.streambed.operator",
            "dev.streambed.jobs",
            "dev.streambed.cli")
        .noneMatch(name -> name.startsWith("dev.streambed.e2e"));
  }

  /** Classes that are delivered. */
  static final class NoTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }
}
