package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.streambed.cli.serve.ServeCommand;
import dev.streambed.jobs.options.PipelineFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The manifests in deploy/kubernetes, against the schemas that a cluster would hold them to. */
class KubernetesTest {
  private static final String BASE = "deploy/kubernetes/base/";
  private static final String DEPLOYMENT = BASE + "flink-deployment.yaml";
  private static final String GPU_PIPELINE = "deploy/kubernetes/gpu/pipeline.yaml";
  private static final String GPU_PATCH = "deploy/kubernetes/gpu/flink-deployment.yaml";

  private static final String SERVE = "deploy/kubernetes/serve/";

  /** In the operator's API on Maven Central. */
  private static final String RESOURCE_DEFINITION =
      "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";

  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

  @Test
  void isWhatTheOperatorTakes() throws IOException {
    JsonSchema schema = flinkDeployment();

    for (String file : Set.of(DEPLOYMENT, GPU_PATCH)) {
      JsonNode manifest = manifest(file);
      assertThat(manifest.path("apiVersion").asText()).isEqualTo("flink.apache.org/v1beta1");
      assertThat(manifest.path("kind").asText()).isEqualTo("FlinkDeployment");
      assertThat(schema.validate(manifest.path("spec"))).as(file).isEmpty();
    }
  }

  @Test
  void isHeldToTheSchema() throws IOException {
    ObjectNode spec = (ObjectNode) manifest(DEPLOYMENT).path("spec");
    spec.putObject("taskManagers");
    ((ObjectNode) spec.path("job")).put("upgradeMode", "save-point");

    assertThat(flinkDeployment().validate(spec)).hasSize(2);
  }

  @Test
  void claimsStorage() throws IOException {
    JsonSchema schema = schema("persistent-volume-claim.schema.json");
    for (JsonNode claim : DeploymentFiles.yaml(DeploymentFiles.text(BASE + "storage.yaml"))) {
      assertThat(schema.validate(claim)).isEmpty();
    }
  }

  @Test
  void servesWithPodsThatKubernetesTakes() throws IOException {
    JsonNode template = manifest(SERVE + "serve.yaml").at("/spec/template");
    // A FlinkDeployment takes any template of a pod.
    JsonSchema pods = SCHEMAS.getSchema(specification().at("/properties/podTemplate"));

    assertThat(pods.validate(template)).isEmpty();
    ((ObjectNode) template.at("/spec/containers/0")).putObject("startProbe");
    assertThat(pods.validate(template)).hasSize(1);
  }

  @Test
  void servesUnderANameOfItsOwn() throws IOException {
    List<JsonNode> manifests = DeploymentFiles.yaml(DeploymentFiles.text(SERVE + "serve.yaml"));
    JsonSchema schema = schema("deployment-and-service.schema.json");

    assertThat(manifests).hasSize(2).allMatch(each -> schema.validate(each).isEmpty());
    JsonNode deployment = manifests.get(0).path("spec");
    JsonNode service = manifests.get(1).path("spec");
    JsonNode labels = deployment.at("/template/metadata/labels");
    assertThat(deployment.at("/selector/matchLabels")).isEqualTo(labels);
    assertThat(service.path("selector")).isEqualTo(labels);
    JsonNode port = deployment.at("/template/spec/containers/0/ports/0");
    assertThat(service.at("/ports/0/targetPort")).isEqualTo(port.path("name"));
    assertThat(port.path("containerPort").asInt()).isEqualTo(8080); // the default of serve
  }

  @Test
  void servesWithOptionsAndKeysThatThereAreAndWithoutRights() throws IOException {
    JsonNode pod = manifest(SERVE + "serve.yaml").at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");
    JsonNode generated =
        DeploymentFiles.yaml(DeploymentFiles.text(SERVE + "kustomization.yaml"))
            .get(0)
            .at("/secretGenerator/0");
    List<String> options = new ArrayList<>();
    container.path("args").forEach(option -> options.add(option.asText()));

    assertThatCode(
            () -> new CommandLine(new ServeCommand()).parseArgs(options.toArray(new String[0])))
        .doesNotThrowAnyException();
    String mounted = container.at("/volumeMounts/0/mountPath").asText();
    String file = generated.at("/files/0").asText();
    assertThat(options).contains("--api-key-file=%s/%s".formatted(mounted, file));
    assertThat(DeploymentFiles.ROOT.resolve(SERVE + file)).exists();
    assertThat(pod.at("/volumes/0/secret/secretName")).isEqualTo(generated.path("name"));
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/volumeMounts/1/mountPath").asText()).isEqualTo("/tmp");
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
  }

  private static JsonSchema schema(String name) throws IOException {
    try (InputStream in = KubernetesTest.class.getResourceAsStream("/kubernetes/" + name)) {
      return SCHEMAS.getSchema(Objects.requireNonNull(in));
    }
  }

  @Test
  void mountsOnlyVolumesThatAreMade() throws IOException {
    JsonNode kustomization =
        DeploymentFiles.yaml(DeploymentFiles.text(BASE + "kustomization.yaml")).get(0);
    Set<String> claims = new TreeSet<>();
    for (JsonNode claim : DeploymentFiles.yaml(DeploymentFiles.text(BASE + "storage.yaml"))) {
      claims.add(claim.path("metadata").path("name").asText());
    }
    JsonNode pod = manifest(DEPLOYMENT).path("spec").path("podTemplate").path("spec");

    Set<String> volumes = new TreeSet<>();
    for (JsonNode volume : pod.path("volumes")) {
      volumes.add(volume.path("name").asText());
      if (volume.has("persistentVolumeClaim")) {
        assertThat(claims).contains(volume.at("/persistentVolumeClaim/claimName").asText());
      } else if (volume.has("configMap")) {
        assertThat(kustomization.path("configMapGenerator").findValuesAsText("name"))
            .contains(volume.at("/configMap/name").asText());
      } else {
        assertThat(kustomization.path("secretGenerator").findValuesAsText("name"))
            .contains(volume.at("/secret/secretName").asText());
      }
    }
    for (String containers : Set.of("containers", "initContainers")) {
      for (JsonNode container : pod.path(containers)) {
        assertThat(volumes).containsAll(container.path("volumeMounts").findValuesAsText("name"));
      }
    }
    for (JsonNode file : kustomization.findValues("files")) {
      file.forEach(name -> assertThat(DeploymentFiles.ROOT.resolve(BASE + name.asText())).exists());
    }
  }

  @Test
  void runsReadablePipelinesAsAnUnprivilegedUser() throws IOException {
    Configuration base = PipelineFile.read(DeploymentFiles.ROOT.resolve(BASE + "pipeline.yaml"));
    Configuration gpu = PipelineFile.read(DeploymentFiles.ROOT.resolve(GPU_PIPELINE));
    JsonNode pod = manifest(DEPLOYMENT).path("spec").path("podTemplate").path("spec");

    base.setString("streambed.model.device", "cuda");
    assertThat(gpu).as("differs in the device alone").isEqualTo(base);
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/containers/0/securityContext/allowPrivilegeEscalation").asBoolean(true))
        .isFalse();
  }

  @Test
  void configuresFlinkWithKnownOptionsWhoseMemoryAddsUp(@TempDir Path directory)
      throws IOException {
    JsonNode base = manifest(DEPLOYMENT).path("spec");
    JsonNode gpu = manifest(GPU_PATCH).path("spec");
    Map<String, String> options = flinkConfiguration(base);

    options.put("jobmanager.memory.process.size", base.at("/jobManager/resource/memory").asText());
    for (JsonNode spec : new JsonNode[] {base, gpu}) {
      options.putAll(flinkConfiguration(spec));
      options.put(
          "taskmanager.memory.process.size", spec.at("/taskManager/resource/memory").asText());
      DeploymentFiles.assertMemoryAddsUp(DeploymentFiles.flinkOptions(options, directory));
    }
  }

  /** Without the autoscaler's options, which Flink does not know. */
  private static Map<String, String> flinkConfiguration(JsonNode spec) {
    var options = new LinkedHashMap<String, String>();
    spec.path("flinkConfiguration")
        .properties()
        .forEach(
            option -> {
              if (!option.getKey().startsWith("job.autoscaler.")) {
                options.put(option.getKey(), option.getValue().asText());
              }
            });
    return options;
  }

  private static JsonNode manifest(String file) throws IOException {
    return DeploymentFiles.yaml(DeploymentFiles.text(file)).get(0);
  }

  private static JsonSchema flinkDeployment() throws IOException {
    return SCHEMAS.getSchema(specification());
  }

  /** The schema of a FlinkDeployment's spec; a field that it does not know is an error. */
  private static JsonNode specification() throws IOException {
    try (InputStream in = KubernetesTest.class.getResourceAsStream(RESOURCE_DEFINITION)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      JsonNode spec =
          DeploymentFiles.yaml(text)
              .get(0)
              .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
      // The last API on Maven Central is older than Flink 2; its schema is the same otherwise.
      ((ArrayNode) spec.at("/properties/flinkVersion/enum")).add("v2_3");
      refuseUnknownFields(spec);
      return spec;
    }
  }

  private static void refuseUnknownFields(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.has("properties")
        && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(KubernetesTest::refuseUnknownFields);
  }
}
