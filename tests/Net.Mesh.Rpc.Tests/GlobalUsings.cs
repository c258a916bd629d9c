global using System.Text;
global using Net.Mesh.Testing;
