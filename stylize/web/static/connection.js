// A lost connection is one sentence and a retry. Gradio, once it has seen a request fail, answers nothing any more and
// reloads the page; so its requests wait here until the server is back, and it sees none fail.
(() => {
  const { translate } = window.stylize;
  const send = window.fetch.bind(window);
  const PAUSE = 2000; // milliseconds between two attempts
  const CHECK = 10000; // milliseconds between two looks whether the server is still there, and the same
  const PATIENCE = 15000; // milliseconds that one attempt may take
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

  function isGuarded(input) {
    const { origin, pathname } = address(input);
    if (origin !== location.origin || !pathname.startsWith(prefix())) return false;
    return ["run", "queue", "upload", "component_server"].includes(pathname.slice(prefix().length).split("/")[0]);
  }

  function show(lost) {
    if (!line) {
      line = document.createElement("p");
      line.className = "connection";
      line.setAttribute("role", "status");
      line.append(document.createElement("span"), document.createElement("button"));
      line.lastChild.type = "button";
      line.lastChild.addEventListener("click", () => wake());
      (document.querySelector(".gradio-container") ?? document.body).append(line); // its font is the page's
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
  async function persist(input, init) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await send(input instanceof Request ? input.clone() : input, init);
        const isJson = answer.headers.get("content-type")?.includes("json"); // then it is Gradio's own
        if (isJson || !GATEWAY.includes(answer.status) || tries === TRIES) return answer;
      } catch (error) {
        if (error.name === "AbortError" || tries === TRIES) throw error;
        if (leaving) return left();
      }
      await connected();
    }
  }

  // The stream of answers. Should it break off, the server has dropped what this page waited for: each of those requests
  // fails once the connection is back, and is asked again. A stream that says `close_stream` has ended as it should.
  function guardStream(answer) {
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let end = "";
    const body = new ReadableStream({
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done && end.includes("close_stream")) return controller.close();
          if (!done) {
            end = (end + decoder.decode(value, { stream: true })).slice(-80);
            return controller.enqueue(value);
          }
        } catch (error) {
          if (error.name === "AbortError") return controller.close(); // Gradio has what it wanted
          if (leaving) return left();
        }
        await connected();
        window.stylize.interrupt();
        const events = [{ msg: "unexpected_error", message: "", success: false }, { msg: "close_stream" }];
        const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  }

  window.fetch = async (input, init) => {
    if (!isGuarded(input)) return send(input, init);
    const answer = await persist(input, init);
    return answer.ok && address(input).pathname.endsWith("/queue/data") ? guardStream(answer) : answer;
  };
  setInterval(async () => {
    if (!document.hidden && !back && !(await isBack())) connected();
  }, CHECK);
  addEventListener("offline", connected);
  addEventListener("online", () => wake());
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
})();
