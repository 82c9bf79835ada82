// Gives pictures in outputs their alternative text. The outputs bring it along ("metadata": {"image/png":
// {"alt": …}}, as nbconvert reads it), but JupyterLab 4.6 shows them as images without one, and a screen
// reader then has nothing to say.
//
// Written as JupyterLab loads extensions that were built apart from it, by hand: there is nothing to build.
(() => {
  const PNG = "image/png";
  let shared;

  async function of_jupyterlab(name) {
    const [version] = Object.values(shared[name]); // JupyterLab brings a single one
    return (await version.get())();
  }

  function withAlt(factory) {
    return {
      ...factory,
      mimeTypes: [PNG],
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async model => {
          await render(model);
          const alt = model.metadata?.[PNG]?.alt;
          if (typeof alt === "string") renderer.node.querySelector("img")?.setAttribute("alt", alt);
        };
        return renderer;
      },
    };
  }

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB["asynclab-pictures"] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const { IRenderMimeRegistry, imageRendererFactory } = await of_jupyterlab("@jupyterlab/rendermime");
      const plugin = {
        id: "asynclab-pictures:plugin",
        description: "Pictures with their alternative text.",
        autoStart: true,
        requires: [IRenderMimeRegistry],
        activate: (app, registry) => registry.addFactory(withAlt(imageRendererFactory)),
      };
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
