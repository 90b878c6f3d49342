{
  description = "agents: runs and supervises a fleet of AI coding agents in tmux, from one agents.toml";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forEachSystem = each:
        nixpkgs.lib.genAttrs systems (system: each nixpkgs.legacyPackages.${system});
    in
    {
      # nix develop: everything that ./smoke.sh and npm cit need.
      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.nodejs_22
            pkgs.tmux
            pkgs.git
            pkgs.redis
          ]
          # System-call faults are injected with it; there is none for macOS.
          ++ nixpkgs.lib.optionals pkgs.stdenv.hostPlatform.isLinux [ pkgs.strace ];
        };
      });

      # nix fmt
      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
