package dev.streambed.e2e.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The image's scripts for health checks, against what a JobManager answers. */
class HealthChecksTest {
  private HttpServer jobManager;
  private volatile String answer = "{}";

  @BeforeEach
  void start() throws IOException {
    jobManager = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    jobManager.createContext(
        "/jobs/overview",
        exchange -> {
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    jobManager.start();
  }

  @AfterEach
  void stop() {
    jobManager.stop(0);
  }

  @ParameterizedTest
  @CsvSource({
    "RUNNING, 6, 0, 6",
    "RUNNING, 2, 4, 6", // a bounded job whose sources have ended
    "FINISHED, 0, 6, 6",
  })
  void aJobRunsIfEachOfItsTasksDoesOrHasFinished(String state, int running, int finished, int total)
      throws Exception {
    answer = jobs(job("a", state, running, finished, total));

    ScriptRun check = jobIsRunning();

    assertThat(check.printed()).isEmpty();
    assertThat(check.exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "RUNNING, 0, 0, 6, runs 0 of its 6 tasks", // no TaskManager, seen in an image
    "RUNNING, 5, 0, 6, runs 5 of its 6 tasks",
    "RESTARTING, 0, 0, 6, is RESTARTING",
    "FAILED, 0, 0, 6, is FAILED",
    "CANCELED, 0, 0, 6, is CANCELED",
  })
  void aJobWithoutAllOfItsTasksDoesNotRun(
      String state, int running, int finished, int total, String reason) throws Exception {
    answer = jobs(job("a", state, running, finished, total));

    ScriptRun check = jobIsRunning();

    assertThat(check.printed()).startsWith("job-is-running: job c0ffee-a " + reason);
    assertThat(check.exitCode()).isEqualTo(1);
  }

  @Test
  void eachOfSeveralJobsMustRun() throws Exception {
    answer = jobs(job("a", "RUNNING", 6, 0, 6) + "," + job("b", "RUNNING", 0, 0, 6));

    assertThat(jobIsRunning().printed()).contains("c0ffee-b runs 0 of its 6 tasks");
  }

  @Test
  void theNameOfAJobIsNotTakenForItsState() throws Exception {
    String name = "{\\\"jid\\\":\\\"x\\\",\\\"state\\\":\\\"FAILED\\\",\\\"tasks\\\":{}}";
    answer = jobs(job("a", "RUNNING", 6, 0, 6).replace("embed texts", name));

    assertThat(jobIsRunning().printed()).isEmpty();
  }

  @Test
  void saysThatThereIsNoJob() throws Exception {
    answer = jobs("");

    assertThat(jobIsRunning()).isEqualTo(new ScriptRun(1, "job-is-running: there is no job yet\n"));
  }

  @Test
  void saysThatSomethingElseAnswers() throws Exception {
    answer = "{\"errors\":[]}";

    assertThat(jobIsRunning().printed()).contains("does not answer as a JobManager does");
  }

  @Test
  void saysThatNothingAnswers() throws Exception {
    String port = port();
    jobManager.stop(0);

    assertThat(ScriptRun.of("job-is-running", "localhost", port).printed())
        .isEqualTo(
            "job-is-running: no answer from the JobManager's port %s on localhost\n"
                .formatted(port));
    assertThat(ScriptRun.of("port-is-open", port).exitCode()).isEqualTo(1);
  }

  @Test
  void aPortIsOpenIfSomethingListens() throws Exception {
    assertThat(ScriptRun.of("port-is-open", port())).isEqualTo(new ScriptRun(0, ""));
  }

  /** The server's answers are in {@link ImageIT}. */
  @Test
  void aServerIsHealthyOnlyIfItSaysSo() throws Exception {
    String port = port();

    assertThat(ScriptRun.of("server-is-healthy", port))
        .isEqualTo(
            new ScriptRun(
                1, "server-is-healthy: port %s answers HTTP/1.1 404 Not Found\n".formatted(port)));
    jobManager.stop(0);
    assertThat(ScriptRun.of("server-is-healthy", port))
        .isEqualTo(new ScriptRun(1, "server-is-healthy: no answer from port %s\n".formatted(port)));
  }

  @Test
  void sayHowTheyAreUsed() throws Exception {
    assertThat(ScriptRun.of("job-is-running", "a", "b", "c").exitCode()).isEqualTo(2);
    assertThat(ScriptRun.of("server-is-healthy", "a", "b").exitCode()).isEqualTo(2);
    assertThat(ScriptRun.of("port-is-open"))
        .isEqualTo(new ScriptRun(2, "usage: port-is-open PORT\n"));
  }

  private static String jobs(String jobs) {
    return "{\"jobs\":[" + jobs + "]}";
  }

  /** As Flink 2.3 answers. */
  private static String job(String id, String state, int running, int finished, int total) {
    return """
    {"jid":"c0ffee-%s","name":"embed texts","jobType":"STREAMING","schedulerType":"Default","start-time":1,\
    "end-time":-1,"duration":2,"state":"%s",\
    "last-modification":3,"tasks":{"running":%d,"canceling":0,"canceled":0,"total":%d,"created":0,"scheduled":%d,\
    "deploying":0,"reconciling":0,"finished":%d,"initializing":0,"failed":0},"pending-operators":0}\
    """
        .formatted(id, state, running, total, total - running - finished, finished);
  }

  private ScriptRun jobIsRunning() throws Exception {
    return ScriptRun.of("job-is-running", "localhost", port());
  }

  private String port() {
    return Integer.toString(jobManager.getAddress().getPort());
  }
}
