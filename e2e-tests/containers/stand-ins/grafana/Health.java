import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** Answers each request on port 3000, as Grafana answers one for its health. */
class Health {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(3000), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }
}
