package dev.streambed.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code streambed serve} in a process of its own. */
@Timeout(120)
class ServeIT {
  private static final String TINY = "../embedder/src/test/resources/tiny-model";
  private static final String KEY = "canary-key-7d21";
  private static final String CANARY = "canary-5c1d";
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void givesTheVectorsOfEmbedAndLogsNoTextAndNoKey() throws Exception {
    String text = "the dog bites the " + CANARY;
    Path input = Files.writeString(folder.resolve("input"), text + "\n");
    Process embed =
        CommandIT.start(Map.of(), "embed", "--model", TINY, "--dimensions", "5", input.toString());
    JsonNode embedded = JSON.readTree(embed.getInputStream().readAllBytes());
    Process serve =
        start(
            Map.of("STREAMBED_API_KEY", KEY),
            "--verbose",
            "--dimensions",
            "5",
            "--model-name",
            "text-embedding-3-small");
    String url = url(serve);

    HttpResponse<String> response =
        post(
            url + "/v1/embeddings",
            KEY,
            "{\"model\":\"text-embedding-3-small\",\"input\":\"%s\"}".formatted(text));
    HttpResponse<String> refused = post(url + "/embed", KEY + CANARY, "{}");
    HttpResponse<String> malformed = post(url + "/embed", KEY, "{\"inputs\":" + CANARY);
    HttpResponse<String> lost = post(url + "/" + CANARY, KEY, "{}");
    serve.toHandle().destroy(); // the process would close its streams, too
    String err = new String(serve.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(JSON.readTree(response.body()).get("data").get(0).get("embedding").toString())
        .isEqualTo(embedded.get("embedding").toString()); // the same digits
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(malformed.statusCode()).isEqualTo(422);
    assertThat(malformed.body()).doesNotContain(CANARY);
    assertThat(lost.statusCode()).isEqualTo(404);
    assertThat(serve.waitFor()).isZero();
    assertThat(err).contains("Started").doesNotContain(CANARY).doesNotContain(KEY);
  }

  @Test
  void aSignalLetsRequestsUnderWayEnd() throws Exception {
    Process serve = start(Map.of());
    String url = url(serve);
    String texts = "\"the dog bites the man\",".repeat(2000) + "\"dog\"";
    CompletableFuture<HttpResponse<String>> response =
        http.sendAsync(
            request(url + "/embed", KEY, "{\"inputs\":[%s]}".formatted(texts)),
            BodyHandlers.ofString());
    while (!get(url + "/metrics").contains("te_request_count 1\n")) {
      Thread.onSpinWait();
    }

    serve.toHandle().destroy(); // the process would close its streams, too

    assertThat(response.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(response.get().body())).hasSize(2001);
    assertThat(serve.waitFor()).isZero();
    assertThat(new String(serve.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("streambed: ending, once the requests under way are answered …");
  }

  /** docs/serve.md shows it. */
  @Test
  void theGuidesRequestGetsTheVectorsOfTheDefaultModel() throws Exception {
    Path request = Path.of("../docs/examples/serve/request.json");
    Process serve = CommandIT.start(Map.of(), "serve", "--port", "0");
    processes.add(serve);
    String ready = String.valueOf(serve.inputReader(StandardCharsets.UTF_8).readLine());

    Process curl =
        new ProcessBuilder(
                "curl",
                "--silent",
                "--show-error",
                ready.split(" ", -1)[3] + "/v1/embeddings",
                "-H",
                "Content-Type: application/json",
                "-d",
                "@" + request)
            .start();
    JsonNode answer = JSON.readTree(curl.getInputStream().readAllBytes());
    Path input = folder.resolve("input");
    Files.writeString(
        input, JSON.readTree(Files.readAllBytes(request)).get("input").get(1).asText() + "\n");
    Process embed = CommandIT.start(Map.of(), "embed", input.toString());
    JsonNode embedded = JSON.readTree(embed.getInputStream().readAllBytes());

    assertThat(curl.waitFor()).isZero();
    assertThat(answer.get("data").get(1).get("embedding").toString())
        .isEqualTo(embedded.get("embedding").toString());
  }

  @Test
  void saysWhyItCannotListen() throws Exception {
    String url = url(start(Map.of()));
    String port = url.substring(url.lastIndexOf(':') + 1);

    Process second = CommandIT.start(Map.of(), "serve", TINY, "--port", port);
    String err = new String(second.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(second.waitFor()).isOne();
    assertThat(err).contains("streambed: Cannot listen on 127.0.0.1, port %s: ".formatted(port));
  }

  @Test
  void opensToOtherMachinesOnlyWithAKeyOrOnDemand() throws Exception {
    Process refused = CommandIT.start(Map.of(), "serve", TINY, "--host", "0.0.0.0");
    String err = new String(refused.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    Process open = start(Map.of(), "--host", "0.0.0.0", "--no-api-key");
    String url = url(open);

    assertThat(refused.waitFor()).isEqualTo(2);
    assertThat(err)
        .contains(
            "streambed: Other machines reach --host 0.0.0.0: give --api-key-file or set STREAMBED_API_KEY, or say --no-api-key.");
    assertThat(url).startsWith("http://localhost:");
    assertThat(get(url + "/info")).contains("\"tiny\"");
    assertThat(open.inputReader(StandardCharsets.UTF_8).readLine())
        .isEqualTo(
            "It listens on all interfaces: other machines reach it by an address of this one, or a name of --allow-host.");
  }

  private Process start(Map<String, String> environment, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("serve", TINY, "--port", "0"));
    command.addAll(List.of(options));
    Process process = CommandIT.start(environment, command.toArray(new String[0]));
    processes.add(process);
    return process;
  }

  /** Once it is ready. */
  private static String url(Process serve) throws IOException {
    BufferedReader out = serve.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(out.readLine());
    assertThat(line)
        .matches(
            "Serving tiny at http://(?:localhost|[0-9.]+):[0-9]+ \\(streambed://text-embedding@1/tiny@dd397c130918\\?dimensions=[58]\\)");
    return line.split(" ", -1)[3];
  }

  private String get(String url) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
        .body();
  }

  private HttpResponse<String> post(String url, String key, String body)
      throws IOException, InterruptedException {
    return http.send(request(url, key, body), BodyHandlers.ofString());
  }

  private static HttpRequest request(String url, String key, String body) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("authorization", "Bearer " + key)
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }
}
