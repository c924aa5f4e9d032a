package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dashboard and alerts use metrics that the job exports, and the job exports none that they do not
 * use.
 */
class MonitoringIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String DASHBOARD = "deploy/grafana/dashboards/streambed.json";
  private static final String ALERTS = "deploy/prometheus/alerts.yml";
  private static final Pattern METRIC = Pattern.compile("flink_\\w+");

  /**
   * Labels of a grouping, as in {@code sum by (job_name)}, or of a matcher, as in {@code
   * {job="a"}}.
   */
  private static final Pattern GROUPING = Pattern.compile("\\bby ?\\(([^)]*)\\)");

  private static final Pattern MATCHER = Pattern.compile("(\\w+)=~?\"");

  /** Metrics of the job itself. Flink has more than a dashboard can show. */
  private static final Pattern OWN =
      Pattern.compile(
          "flink_taskmanager_job_task_operator_(decode|embedding|changes|deadLetters|source)_\\w+");

  @TempDir private static Path directory;

  private static MonitoredJob job;
  private static List<String> dashboard;
  private static List<String> alerts;

  @BeforeAll
  static void start() throws Exception {
    dashboard = new ArrayList<>();
    for (JsonNode panel : DeploymentFiles.json(DASHBOARD).path("panels")) {
      panel.path("targets").forEach(target -> dashboard.add(target.path("expr").asText()));
    }
    alerts = DeploymentFiles.yaml(DeploymentFiles.text(ALERTS)).get(0).findValuesAsText("expr");
    job = MonitoredJob.start(directory);
  }

  @AfterAll
  static void stop() {
    job.close();
  }

  @Test
  void showsMetricsThatTheJobExports() throws Exception {
    assertExported(dashboard);
  }

  @Test
  void alertsAboutMetricsThatTheJobExports() throws Exception {
    assertExported(alerts);
  }

  @Test
  void showsEveryMetricOfTheJob() throws Exception {
    assertExported(dashboard); // all of them are there by now

    // A histogram is shown by its quantiles, so without its count.
    Set<String> own = new TreeSet<>(job.exported().keySet());
    own.removeIf(name -> !OWN.matcher(name).matches() || name.endsWith("_count"));
    assertThat(metrics(dashboard)).containsAll(own);
  }

  @Test
  void theImagesCheckOfHealthFindsThatTheJobRuns() throws Exception {
    String port = Integer.toString(job.restPort());

    await()
        .atMost(LIMIT)
        .until(
            () -> ScriptRun.of("job-is-running", "localhost", port), new ScriptRun(0, "")::equals);
  }

  private static void assertExported(List<String> expressions) throws Exception {
    assertThat(expressions).isNotEmpty();
    Set<String> asked = metrics(expressions);
    Set<String> missing = new TreeSet<>(asked);
    try {
      await()
          .atMost(LIMIT)
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(
              () -> {
                missing.removeAll(job.exported().keySet());
                return missing.isEmpty();
              });
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      assertThat(missing).as("metrics that the job does not export").isEmpty();
    }
    Map<String, Set<String>> exported = job.exported();
    for (String expression : expressions) {
      Set<String> known = new TreeSet<>(Set.of("job_name"));
      metrics(List.of(expression))
          .forEach(metric -> known.addAll(exported.getOrDefault(metric, Set.of())));
      assertThat(known).as(expression).containsAll(labels(expression));
    }
  }

  private static Set<String> metrics(List<String> expressions) {
    Set<String> metrics = new TreeSet<>();
    for (String expression : expressions) {
      METRIC.matcher(expression).results().forEach(metric -> metrics.add(metric.group()));
    }
    return metrics;
  }

  private static Set<String> labels(String expression) {
    Set<String> labels = new TreeSet<>();
    Matcher grouping = GROUPING.matcher(expression);
    while (grouping.find()) {
      labels.addAll(List.of(grouping.group(1).trim().split("\\s*,\\s*", -1)));
    }
    MATCHER.matcher(expression).results().forEach(matcher -> labels.add(matcher.group(1)));
    return labels;
  }
}
