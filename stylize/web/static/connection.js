// A lost connection is one sentence and a retry. Gradio, once it has seen a request fail, answers nothing any more and
// reloads the page; so its requests wait here until the server is back, and it sees none fail.
(() => {
  const { translate } = window.stylize;
  const send = window.fetch.bind(window);
  const PAUSE = 2000; // milliseconds between two attempts
  const PATIENCE = 5000; // milliseconds that one attempt may take
  const TRIES = 5; // of a request that fails though the server is there
  const GATEWAY = [502, 503, 504]; // what a proxy answers for a server that is away
  let back = null; // while the connection is lost: a promise of it
  let leaving = false; // the page itself ends its connections
  let wake = () => {}; // ends the pause
  let line;

  const address = (input) => new URL(input.url ?? input, location.href);
  const prefix = () => {
    const { root = "", api_prefix: path = "" } = window.gradio_config ?? {};
    return new URL(`${root}${path}/`, location.href).pathname;
  };

  // Which of Gradio's requests this is: "run", "queue", "upload", "component_server", "heartbeat"; else null.
  function kind(input) {
    const { origin, pathname } = address(input);
    if (origin !== location.origin || !pathname.startsWith(prefix())) return null;
    const [name] = pathname.slice(prefix().length).split("/");
    return ["run", "queue", "upload", "component_server", "heartbeat"].includes(name) ? name : null;
  }

  function show(lost) {
    if (!line) {
      line = document.createElement("p");
      line.className = "connection";
      line.setAttribute("role", "status");
      line.append(document.createElement("span"), document.createElement("button"));
      line.lastChild.type = "button";
      line.lastChild.addEventListener("click", () => wake());
      document.body.append(line);
    }
    line.hidden = !lost;
    line.firstChild.textContent = lost ? translate("connection_lost") : "";
    line.lastChild.textContent = translate("try_again");
  }

  // A server that was started anew knows nothing of this page; loaded again, the page brings everything back.
  async function isBack() {
    try {
      const answer = await send(`${prefix()}app_id`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      const { app_id: id } = await answer.json();
      if (id === window.gradio_config.app_id) return true;
      if (answer.ok) location.reload();
    } catch {
      // still away
    }
    return false;
  }

  function connected() {
    back ??= (async () => {
      show(true);
      do { // a server that is just closing still answers: not at once
        await new Promise((resolve) => {
          wake = resolve;
          setTimeout(resolve, PAUSE);
        });
      } while (!(await isBack()));
      back = null;
      show(false);
    })();
    return back;
  }

  // A page that was left, and is shown once more with Back, has to be loaded again: its connections are gone.
  function left() {
    addEventListener("pageshow", () => location.reload());
    return new Promise(() => {});
  }

  // The answer to a request that is sent again until it reaches the server.
  async function persist(input, init, most = TRIES) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await send(input instanceof Request ? input.clone() : input, init);
        const isJson = answer.headers.get("content-type")?.includes("json"); // then it is Gradio's own
        if (isJson || !GATEWAY.includes(answer.status) || tries === most) return answer;
      } catch (error) {
        if (error.name === "AbortError" || tries === most) throw error;
        if (leaving) return left();
      }
      await connected();
    }
  }

  // A stream that outlives a lost connection: `resume` gives the body that goes on, or null after the last words.
  function lasting(answer, resume) {
    let reader = answer.body.getReader();
    const body = new ReadableStream({
      async pull(controller) {
        for (;;) {
          try {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
          } catch (error) {
            if (error.name === "AbortError") return controller.close(); // Gradio has what it wanted
            if (leaving) return left();
          }
          await connected();
          const next = await resume((text) => controller.enqueue(new TextEncoder().encode(text)));
          if (!next) return controller.close();
          reader = next.getReader();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  }

  // The server has dropped what this page waited for: each of those requests fails, and is asked again.
  function endQueue(say) {
    const event = (message) => `data: ${JSON.stringify(message)}\n\n`;
    window.stylize.interrupt();
    say(event({ msg: "unexpected_error", message: "", success: false }) + event({ msg: "close_stream" }));
    return null;
  }

  window.fetch = async (input, init) => {
    const name = kind(input);
    if (!name) return send(input, init);
    const answer = await persist(input, init);
    const isStream = name === "heartbeat" || address(input).pathname.endsWith("/queue/data");
    if (!isStream || !answer.ok) return answer;
    if (name === "heartbeat") return lasting(answer, async () => (await persist(input, init, Infinity)).body);
    return lasting(answer, endQueue);
  };
  addEventListener("offline", connected);
  addEventListener("online", () => wake());
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
})();
