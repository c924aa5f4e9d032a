package dev.streambed.e2e.harness;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Speaks to a JobManager as users do, over its REST interface. */
public final class JobClient {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Duration REQUEST_LIMIT = Duration.ofMinutes(1);
  private static final String JSON = "application/json";

  private final ObjectMapper mapper = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(REQUEST_LIMIT)
          .build();
  private final URI address;
  private final Path savepoints;
  private @Nullable String jar;

  JobClient(int port, Path savepoints) {
    this.address = URI.create("http://127.0.0.1:" + port);
    this.savepoints = savepoints;
  }

  /**
   * The checkpoints of a job.
   *
   * @param restored how often the job began from one, at its start or after a failure
   * @param largestBytes state of the largest
   */
  public record Checkpoints(int completed, int failed, int restored, long largestBytes) {}

  /** Uploads the jar that jobs are started from; it stays there when the JobManager restarts. */
  void upload(Path file) throws IOException, InterruptedException {
    jar = uploaded(file);
  }

  /** Starts a program of another jar; returns the id of its job. */
  public String runProgram(Path file, String mainClass, List<String> arguments)
      throws IOException, InterruptedException {
    var body = mapper.createObjectNode();
    body.put("entryClass", mainClass);
    arguments.forEach(body.putArray("programArgsList")::add);
    return post("/jars/" + uploaded(file) + "/run", body).get("jobid").asText();
  }

  private String uploaded(Path file) throws IOException, InterruptedException {
    String boundary = "streambed-" + System.nanoTime();
    String head =
        "--%s\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"job.jar\"\r\nContent-Type: application/x-java-archive\r\n\r\n"
            .formatted(boundary);
    BodyPublisher body =
        BodyPublishers.concat(
            BodyPublishers.ofString(head),
            BodyPublishers.ofFile(file),
            BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
    HttpRequest.Builder request =
        request("/jars/upload")
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(body);
    String name = send(request).get("filename").asText();
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** Starts a job without state; returns its id. */
  public String run(Path pipeline, int parallelism) throws IOException, InterruptedException {
    return run(pipeline, parallelism, null);
  }

  /** Starts a job from a checkpoint or savepoint; returns its id. */
  public String run(Path pipeline, int parallelism, @Nullable String restorePath)
      throws IOException, InterruptedException {
    var body = mapper.createObjectNode();
    body.putArray("programArgsList").add(pipeline.toString());
    body.put("parallelism", parallelism);
    if (restorePath != null) {
      body.put("savepointPath", restorePath);
    }
    String path = "/jars/" + Objects.requireNonNull(jar, "no jar was uploaded") + "/run";
    return post(path, body).get("jobid").asText();
  }

  /** As Flink names it, such as RUNNING. */
  String status(String job) throws IOException, InterruptedException {
    return get("/jobs/" + job).get("state").asText();
  }

  public void awaitStatus(String job, String status) {
    await("job %s to be %s".formatted(job, status))
        .atMost(LIMIT)
        .ignoreExceptions() // as long as the JobManager starts
        .until(() -> status(job).equals(status));
  }

  private void awaitTasks(String job) {
    await("all tasks of job " + job)
        .atMost(LIMIT)
        .until(
            () -> {
              JsonNode vertices = get("/jobs/" + job).get("vertices");
              for (JsonNode vertex : vertices) {
                if (!vertex.get("status").asText().equals("RUNNING")) {
                  return false;
                }
              }
              return !vertices.isEmpty();
            });
  }

  public boolean hasEnded(String job) throws IOException, InterruptedException {
    return Set.of("FINISHED", "CANCELED", "FAILED").contains(status(job));
  }

  public Checkpoints checkpoints(String job) throws IOException, InterruptedException {
    JsonNode checkpoints = get("/jobs/" + job + "/checkpoints");
    JsonNode counts = checkpoints.get("counts");
    return new Checkpoints(
        counts.get("completed").asInt(),
        counts.get("failed").asInt(),
        counts.get("restored").asInt(),
        checkpoints.at("/summary/state_size/max").asLong());
  }

  /** Ends a job with a savepoint, whose path is returned; what is in flight is in there. */
  public String stop(String job) throws IOException, InterruptedException {
    return stop(job, /* drain= */ false);
  }

  /**
   * Ends a job after everything that it has read is delivered; returns the path of its savepoint.
   */
  public String drain(String job) throws IOException, InterruptedException {
    return stop(job, /* drain= */ true);
  }

  private String stop(String job, boolean drain) throws IOException, InterruptedException {
    awaitTasks(job); // or Flink refuses
    var body = mapper.createObjectNode();
    body.put("targetDirectory", savepoints.toUri().toString());
    body.put("drain", drain);
    String trigger = post("/jobs/" + job + "/stop", body).get("request-id").asText();
    JsonNode savepoint =
        await("savepoint of job " + job)
            .atMost(LIMIT)
            .until(
                () -> get("/jobs/" + job + "/savepoints/" + trigger),
                found -> found.get("status").get("id").asText().equals("COMPLETED"));
    JsonNode operation = savepoint.get("operation");
    if (!operation.has("location")) {
      String trace = operation.get("failure-cause").get("stack-trace").asText();
      throw new IOException(
          "Job " + job + " was not stopped: " + trace.lines().findFirst().orElseThrow());
    }
    awaitStatus(job, "FINISHED");
    return operation.get("location").asText();
  }

  /** Ends a job at once; its last checkpoint is retained. */
  public void cancel(String job) throws IOException, InterruptedException {
    send(request("/jobs/" + job).method("PATCH", BodyPublishers.noBody()));
    awaitStatus(job, "CANCELED");
  }

  int freeSlots() throws IOException, InterruptedException {
    return get("/overview").get("slots-available").asInt();
  }

  /** A metric of a TaskManager's JVM, such as Status.JVM.Memory.Metaspace.Used. */
  public long taskManagerMetric(String taskManager, String metric)
      throws IOException, InterruptedException {
    return Long.parseLong(
        await("metric " + metric)
            .atMost(LIMIT)
            .until(
                () -> get("/taskmanagers/%s/metrics?get=%s".formatted(taskManager, metric)),
                found -> !found.isEmpty())
            .get(0)
            .get("value")
            .asText());
  }

  /** A metric of an operator, summed over its tasks; 0 as long as there is none. */
  public long operatorMetric(String job, String operator, String metric)
      throws IOException, InterruptedException {
    long sum = 0;
    for (JsonNode vertex : get("/jobs/" + job).get("vertices")) {
      if (vertex.get("name").asText().contains(operator)) {
        String path =
            "/jobs/%s/vertices/%s/subtasks/metrics?agg=sum&get=%s.%s"
                .formatted(job, vertex.get("id").asText(), operator, metric);
        for (JsonNode found : get(path)) {
          sum += found.get("sum").asLong();
        }
      }
    }
    return sum;
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  private JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", JSON)
            .POST(BodyPublishers.ofString(mapper.writeValueAsString(body))));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(address.resolve(path)).timeout(REQUEST_LIMIT);
  }

  private JsonNode send(HttpRequest.Builder builder) throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(
          "Flink answers %s %s with %d: %s"
              .formatted(
                  request.method(),
                  request.uri().getPath(),
                  response.statusCode(),
                  response.body()));
    }
    return mapper.readTree(response.body().isEmpty() ? "{}" : response.body());
  }
}
